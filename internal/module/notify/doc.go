// Package notify tells people what happens to their dossiers, and carries one-time codes to them:
// in their account, by e-mail (SMTP) and by SMS (an HTTP provider).
//
// Legal basis: an applicant is told of receipt, of what is missing, of refusal, of a date that is
// put off with an apology, and of the result (Decree 61/2018/NĐ-CP and Circular 01/2018/TT-VPCP;
// since 1 July 2025 Decree 118/2025/NĐ-CP). The formal papers are the dossier module's; these are
// messages that point to them.
//
// Invariants
//   - A message row and the job that sends it are written in one transaction, so nothing is lost.
//   - A row's identifier is its Message-ID (RFC 5322, 3.6.4) and the SMS provider's Idempotency-Key.
//     Whatever is sent again is sent under the same one.
//   - Before the provider hears of a message its row is marked "sending". A row found "sending"
//     after its lease was in flight when a process died: only such a message, or one whose answer
//     from the provider got lost, may reach somebody twice, and its row and the log say so.
//   - One event makes one set of messages: the receipt of the event is in the same transaction.
//   - A one-time code stands neither in the stored text nor in the log. It is kept beside the
//     text until the message is gone or the code has expired, and blanked then.
//   - A channel without a provider does not swallow messages: they are kept as failed, the reason
//     beside them, and an administrator can send them later.
//   - Numbers and addresses are masked in every list. They, and the texts sent to them, are erased
//     after 90 days; what is in somebody's account stays until the account goes.
//
// States of a message
//
//	queued ──▶ sending ──▶ sent             (account messages begin here)
//	  ▲  ▲       │ │ └───▶ maybe_repeated   sent, and once before in doubt
//	  │  └───────┘ └─────▶ failed           refused, out of time (24 h, a code 5 min), channel off
//	  └──────────────────────┘ an administrator sends it again
//
// SMS texts are sent without diacritics: one mark would turn 160 letters a part into 70. They name
// the dossier but carry no link by default, so that people need not learn to tell a true link in
// an SMS from a false one.
//
// Files: template.go, render.go, gsm.go (texts) → message.go, code.go, subscribe.go (queue) →
// jobs.go, deliver.go, smtp.go, sms.go (send) → inbox.go, log.go, store.go.
//
// Events in: dossier.* (subscribe.go). Events out: none.
package notify
