// Package org keeps the organisation of a province: agencies and their divisions, the positions
// in them, the people who hold them, and the administrative areas of the country. How many levels
// there are is data: the tree of 2021 with districts and the one of 2025 without differ in rows.
//
// Legal basis: the Law on Organisation of Local Government (77/2015/QH13) for the units,
// QCVN 102:2016/BTTTT and Decision 20/2020/QĐ-TTg for the two schemes of identifiers.
//
// Everything has validity dates, and all of them are half-open: a name, a parent, a code, a
// position or its holder counts from its first day up to, and not on, its last bound. A change
// never rewrites what was true before its day; only a correction dated on the very day a span
// began replaces that span.
//
// Invariants, kept by every use case inside its transaction:
//   - the spans of one unit follow each other without gap or overlap;
//   - on every day a unit is valid its parent is valid too, and the tree has no circle;
//   - one code of one scheme belongs to one unit at a time;
//   - a unit is closed only when no child and no holder of a position in it outlives the day.
//
// Writers queue on the row of org_state, whose version they raise, so that two of them cannot
// build a circle together; readers share an immutable Tree that is loaded anew when the version
// or the day has changed. Every replica looks at the version at most once a second.
//
// Events out and in: none; other modules ask for the Tree when they need it.
package org
