// Package outbox makes sure that a fact written by one module reaches every module that reacts to
// it, whatever fails in between.
//
// A module writes an Event with Put in the transaction of the act itself, so event and act stand
// or fall together. The Relay, which runs in one replica at a time (see Lease), hands the events
// to the bus. The bus's own acknowledgement is not trusted to survive a power cut, so the row
// stays here until each durable consumer registered for its subject has left a receipt in the
// database:
//
//	Put ─► due = 0 ─publish─► due = later ─all receipts─► deleted
//	                             │    ▲
//	                             └────┘ receipts missing when due: published again, same ID,
//	                                    after 30 s, 1 min, 2 min … at most 1 h
//
// What is guaranteed:
//   - At least once: every consumer registered when the event was put, or since, gets it. It may
//     get it several times; Once, called in the consumer's own transaction, tells the first from
//     the others and is at the same time the receipt. So the effects in the database happen once.
//   - No order. Events mostly arrive as they were put, but a retry overtakes nothing and is
//     overtaken by everything. A consumer compares Event.At or the record's version.
//   - Nothing is dropped in silence: an event that a consumer keeps failing on is written to
//     kit_dead together with its last error, which counts as that consumer's receipt, and can be
//     sent to that consumer alone again with Revive.
//
// Receipts are kept for 14 days, and as long as the event itself is still here. A consumer that no
// running program has registered for 7 days is no longer waited for.
package outbox
