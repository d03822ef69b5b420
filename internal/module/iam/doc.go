// Package iam knows who is acting: accounts of officials and citizens, how they sign in, their
// sessions and tokens, what their positions let them do, and the audit ledger of every act.
//
// Legal basis: Decree 59/2022/NĐ-CP on electronic identification sets levels of assurance for the
// national accounts; the levels here are this system's own (see Assurance) and leave room for it.
//
// Invariants:
//   - an answer never tells whether an account exists: the same words after the same work;
//   - a code, a session, a token and the first administrator's link are stored as hashes only;
//   - every guess is counted before it is judged, so guesses at the same time do not multiply;
//   - a number that its owner declares links nothing: only LinkVerified raises the assurance to
//     what results with personal data need;
//   - what an official may do follows from the positions held today, and ends with them;
//   - one rule (reach) decides whether somebody may manage an account, and filters every list;
//   - an initial password opens nothing but the page that replaces it.
//
// Sign-in methods are files of their own (signin_password.go, signin_code.go) behind one use case
// (signin.go): a method says whose account it is, the use case looks at its state and opens the
// session. Counters that guard against guessing are rows all replicas share.
//
//	code:     requested ──wrong (≤5)──▶ spent
//	              │right                 ▲5 minutes
//	              ▼                      │
//	          used: the session begins ──┘
//
// The ledger: Record leaves an unchained row in the transaction of the act; the Sequencer gives
// rows their place in a chain and a Merkle tree and signs it; Verify computes all of it anew. What
// goes out of the house can be checked without it (engine/logproof, docs/ledger.md): signed heads,
// Prove for one row, Consistency between two heads, the short code of a paper, exports under a head.
// Invariants: a head that went out is kept; nothing goes out over what does not verify; the bytes of
// a row that go out name no account.
//
// Events out and in: none.
package iam
