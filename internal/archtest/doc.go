// Package archtest holds the house to its plan. Its tests read the source text of the whole tree
// and check what a compiler does not: that imports only go down, that each library has its one
// place and a reason, that no module touches another's tables, that the engines stay pure, that
// nothing global changes while the program runs, that every exported name says what it is, and
// that every text exists in both languages.
//
// The lists in these files are decisions. Whoever needs another entry adds a line with its reason,
// and the change is seen in review.
package archtest
