// Package e2e holds no code: its tests build the command, start it for real,
// and use it as a host's engineer would, with curl, with an authenticator that
// is not ours (oathtool) and with a reader of QR codes that is not ours
// (zbarimg).
package e2e
