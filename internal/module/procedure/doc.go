// Package procedure is the catalogue of administrative procedures (thủ tục hành chính, TTHC): what
// citizens can ask the state for, what they have to bring, what it costs, how long it takes, who
// receives it, with which form and by which process.
//
// # Legal basis
//
// Control and publication of procedures: decree 63/2010/NĐ-CP with its amendments; the fields are
// those of the national database (LayThuTuc). One-stop handling: decree 61/2018/NĐ-CP, since
// 1 July 2025 decree 118/2025/NĐ-CP. Service levels: decree 43/2011/NĐ-CP (2, 3, 4), decree
// 42/2022/NĐ-CP (một phần, toàn trình). Rates, limits and forms are data with a source and a
// status each, never constants in code.
//
// # Versions
//
//	          Publish                Publish of the next, or Retire
//	draft ─────────────► published ───────────────────────────────► retired
//	  │
//	  └─ Discard: gone
//
// A procedure has at most one draft and one published version. What is published never changes: a
// correction is a new version, and a running dossier keeps the version it was received under. A
// version carries its own copy of form and process, so the library may move on.
//
// A library process has at most one draft, which Propose and Approve turn into its next version, and
// with it the procedures that are taken along into theirs. Whoever approves it is neither its last
// editor nor its proposer; an uploaded file is a draft too.
//
// # Invariants
//
//   - Every field of a record names its source and status; import refuses one that does not.
//   - A version is published only if its record is complete enough, its form compiles, its process
//     is free of problems and the step budgets fit into the shortest legal term.
//   - A process of the library changes only by a version of it, which is kept for good.
//   - Who receives a procedure is dated: a rule per kind of agency or per agency from the record,
//     and a switch per agency that goes before the rules. Nothing about the past is overwritten.
//   - procedure_state.version is counted up in the same transaction as every change that search
//     and offers depend on; replicas reload their snapshot when they see it move.
//
// # Events out
//
// procedure.published.v1, procedure.retired.v1, procedure.offer_changed.v1. Events in: none.
package procedure
