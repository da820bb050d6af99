// Package meter reads what processes take of the machine, from Linux's /proc, and what machine that is.
package meter
