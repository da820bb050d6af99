package domain

// ToldToUser is for the test that each action is in it.
var ToldToUser = toldToUser
