// Package dossier is the one-stop shop: the life of an administrative-procedure dossier (hồ sơ
// TTHC) from a citizen's phone or a counter, through the officials of all levels, to its result.
//
// Legal basis: Decree 61/2018/NĐ-CP and Circular 01/2018/TT-VPCP; since 1 July 2025 Decree
// 118/2025/NĐ-CP, with the forms of Circular 03/2025/TT-VPCP. Which regime counts a dossier's time
// is data (worktime.Rules); a dossier keeps the one it was received under.
//
// Invariants
//   - A dossier has one code for life; numbers of an agency's day have no gaps.
//   - Every act is one transaction: dossier, tasks, history, ledger, events and figures together.
//   - History and time ledger are only added to; the due date is derived from the time ledger.
//   - Place of assistance, of reception and of decision are stored apart.
//   - A draft becomes the dossier of the same id, so submitting twice changes nothing.
//   - One rule says who may see a dossier (policy.go) and filters every list (readWhere, workWhere).
//
// National status codes and the clock
//
//	1 new ──receipt──▶ 2 received ──▶ 4 processing ──▶ 9 finished ──▶ 10 returned
//	│  │                  │ ▲            │  ▲ │  ▲         clock stopped
//	│  └▶ 3 not received  │ └──── 5 ◀────┘  │ ▼  │
//	└──▶ 7 withdrawn      │  supplement     6 duty └ 8 stopped (held, or refused for good)
//	                      └▶ 7
//
// In 5, 6 and while held the clock stands. Statuses follow from where the process rests
// (change.settle), never from a page.
//
// A dossier's path through this package: draft.go, files.go → submit.go → act.go, supplement.go,
// fee.go, handover.go (each through change.go, stored by store.go) → lookup.go, view.go; search.go
// finds. Figures: stats.go and stats_open.go add up, closing.go closes months, drill.go lists the
// dossiers behind a figure, recount.go compares with the records, subscription.go has reports sent.
// past_way.go records such a path once, past_tell.go tells it again with other times and people, and
// past_batch.go stores many of these lives at once (ADR 0014).
//
// What a process leads to (docs/bpmn.md) is carried out in effects.go, one file per kind: timer.go,
// message.go, service.go and callout.go, incident.go, with variables.go and wait.go beneath; clockwork.go
// does what is due.
//
// Time: clock.go stops the clock and has steps wait, running.go tells whom a changed calendar would move
// and rederive.go moves them; watch.go looks each minute at the open tasks whose moment has come
// (watchplan.go, by the rules of watchrule.go), tacit.go has silence count as a yes, overdue.go notes with
// whom something became overdue, before any act can bring it elsewhere, and overduereport.go counts that.
//
// A dossier keeps its version of the procedure until an administrator moves it: move.go says what
// that means for one, move_preview.go for all, move_run.go does it, move_back.go takes it back.
//
// Events out: events.go, watch.go, message.go. Events in: org.calendar.changed.v1 (calendar.go),
// org.unit.moved.v1 (reorganise.go), dossier.message.v1 and dossier.signal.v1 (message.go).
package dossier
