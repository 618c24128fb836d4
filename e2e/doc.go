// Package e2e tries the built program from outside: real processes on a real Azurite and a real Redis, spoken to over
// the network only.
//
// The tests build app/tidemark once, start nodes of it (simulator/rig), have clients load them (simulator/traffic),
// hurt them, and let the checkers judge the history of it all (simulator/check). Between the nodes and Azurite stands
// a proxy that counts table calls, notices what is under way, and can hold a batch back and deliver it later. They look
// at the stored rows as any customer of the account could: by table calls. The journeys of a first day (first_day,
// telegraf, weather) are compared with what a person would expect.
//
// How long something took is printed and never judged: the machine is shared. What would never come is given up after
// ten times what was promised.
//
// Without Node.js the tests are skipped and say so, unless TIDEMARK_REQUIRE names azurite (or redis, or telegraf,
// which TIDEMARK_TELEGRAF can name and is built where Go's module proxy is within reach). TIDEMARK_CAMPAIGN=1 runs
// them at the counts that the project promises instead of small ones; TIDEMARK_SEED takes back the seed that a run
// printed.
package e2e
