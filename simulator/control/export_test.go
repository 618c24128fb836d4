package control

// Listen opens the listener of a server.
var Listen = listen
