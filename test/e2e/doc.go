// Package e2e walks through the whole product: journeys in a real Chromium and over HTTP against
// the program as `lienthong demo` starts it, in this process, with its own data folder.
//
// People find things by what they see and hear, so the journeys do too: controls are found by their
// role and accessible name, never by a class or an id. Pages are held to what UI rules promise:
// nothing that axe-core finds, no horizontal scroll at 320 px, bytes within the budget, no request
// to another host, no error on the console, and every form without JavaScript.
//
// LIENTHONG_CHROME names the browser, LIENTHONG_SHOTS a folder that keeps the pictures. The table of
// who may do what is testdata/matrix.txt; `go test ./test/e2e -run Matrix -update` writes it anew.
package e2e
