package main

// Zone names have to work where the system has no zone database: in a small container, or on Windows.
import _ "time/tzdata"
