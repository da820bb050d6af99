// Package bounded reads lines, JSON and XML of any length in bounded memory: a
// record at a time, of at most [MaxRecord] bytes. What is malformed fails with a
// [Malformed], which says where and quotes nothing of the file. The errors of the
// decoders are not told: they quote what they met, which may be a secret.
package bounded
