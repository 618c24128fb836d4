// Command tidemark is the whole service in one binary: a node (serve), two machines' worth of everything on this one
// (up), and what people need around it (init, import, openapi, version).
//
// Exit statuses: 0 done; 1 it failed, and the last line on standard error says why and what to do; 2 the command line
// or the configuration is wrong; 3 an import came to its end and some readings were not accepted; 4 it came to its
// end, all was accepted, and something does not stand or was guessed: it has been told.
package main

import "tidemark/app/tidemark/internal/cli"

func main() { cli.Main(version()) }
