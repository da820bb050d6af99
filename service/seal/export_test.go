package seal

// LoadKeysetFileAs is LoadKeysetFile in a process of another user.
var LoadKeysetFileAs = loadAs
