// Package factorfile reads and writes files of TOTP factors: as other products
// export them, and as this one does. It knows no store, no clock and no
// network, and of the domain only the bounds of a factor; what it reads comes from
// one io.Reader, and memory is bounded however long the file is.
//
// Each record is judged alone. What cannot be taken over is a [Refusal] with
// the record's number, a field and a remedy, and reading goes on. A file that is
// of another kind altogether is a [FileError] before any record. No text of this
// package quotes what stands in a file: it could be a secret, or a part of one.
package factorfile
