// Package architecture holds no code: its tests hold the shape of the module, the arrows between its
// packages first of all.
package architecture
