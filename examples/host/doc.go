// Command host is a small application that leaves the second step of its login
// to Countersign: Ledger, where people approve payments.
//
// It stands for yours. It has pages, users and passwords of its own; its backend
// asks Countersign through clients/go, and its pages show the screens that the
// service brings along. Its users, payments and sessions are in memory, and its
// directory and single sign-on are stand-ins.
//
// What to read first is login.go: the password, and what the second step takes.
// Then payment.go, where a dangerous action asks for a proof of its own.
package main
