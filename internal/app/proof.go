package app

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"lienthong/internal/engine/logproof"
	"lienthong/internal/kit/id"
)

// VerifyProof checks a file that the portal handed out: a proof in JSON, or a signed head. It needs no
// data folder, no network and no configuration. keys are public keys as the portal publishes them, one
// in a line; without any the keys in the file are taken, which is said. An error means that the file
// proves nothing.
func VerifyProof(file []byte, keys string, out io.Writer) error {
	trusted, err := readKeys(keys)
	if err != nil {
		return err
	}
	if strings.HasPrefix(strings.TrimSpace(string(file)), "{") {
		f, err := logproof.Check(file, trusted)
		if err != nil {
			return fmt.Errorf("NOT PROVEN: %w", err)
		}
		tell(f, out)
		return nil
	}
	if len(trusted) == 0 {
		return errors.New("a signed head brings no key along: give the published one with --key")
	}
	h, k, err := logproof.ReadNote(string(file), trusted)
	if err != nil {
		return fmt.Errorf("NOT PROVEN: %w", err)
	}
	tell(logproof.Finding{Heads: []logproof.Head{h}, Keys: []logproof.Key{k}, Trusted: true}, out)
	return nil
}

func readKeys(text string) ([]logproof.Key, error) {
	var out []logproof.Key
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		k, err := logproof.ReadKey(line)
		if err != nil {
			return nil, fmt.Errorf("%q: %w", line, err)
		}
		out = append(out, k)
	}
	return out, nil
}

// tell prints what a file shows, in lines of a word and what it says.
func tell(f logproof.Finding, out io.Writer) {
	say := func(word, format string, args ...any) {
		fmt.Fprintf(out, "%-10s "+format+"\n", append([]any{word}, args...)...)
	}
	switch f.Format {
	case logproof.FormatInclusion:
		say("PROVEN", "the row with this hash stands in the ledger, unaltered")
		say("place", "%d of %d, counted from 0", f.Index, f.Heads[0].Size)
		say("leaf hash", "%s", f.Hash)
		say("code", "%s", logproof.CodeOf(f.Index, f.Hash))
	case logproof.FormatConsistency:
		say("PROVEN", "the ledger of the second head begins with that of the first, nothing altered, nothing taken out")
	default:
		say("PROVEN", "the head is signed by the key")
	}
	if r := f.Row; r != nil {
		say("act", "%s on %s %s at %s", r.Action, r.Object, idWords(r.ObjectID), time.UnixMicro(r.At).UTC().Format(time.RFC3339Nano))
		say("actor", "%s, agency %s, sealed %s", r.ActorKind, idWords(r.Agency), hex.EncodeToString(r.Actor))
	}
	for i, h := range f.Heads {
		say("head", "%s, %d rows, %s, root %s", h.Origin, h.Size, h.At.UTC().Format(time.RFC3339), h.Root)
		say("key", "%s", f.Keys[i])
	}
	if !f.Trusted {
		say("NOTE", "the key came with the file: compare it with the one that is published, or give that with --key")
	}
}

func idWords(b []byte) string {
	var i id.ID
	if len(b) != len(i) {
		return "none"
	}
	copy(i[:], b)
	return i.String()
}

// say prints a line of doctor's findings.
type say func(good bool, what, detail string)

// examineLedger computes the whole ledger anew and compares it with the heads that were kept, and with
// those that somebody kept elsewhere. notes are signed heads as the portal handed them out.
func (a *App) examineLedger(ctx context.Context, notes []string, say say) error {
	a.examineKeys(say)
	l := a.IAM.Ledger
	r, err := l.Verify(ctx)
	if err != nil {
		return err
	}
	for _, p := range r.Problems {
		say(false, "ledger "+p.What, p.String())
	}
	say(r.Whole() && r.Late == 0, "ledger", fmt.Sprintf("%d rows in the tree, %d waiting (%d too long), %d signed heads", r.Rows, r.Pending, r.Late, r.Heads))
	if r.Whole() && r.Rows > 0 {
		say(true, "ledger head", fmt.Sprintf("%d rows, %s, root %s", r.Head.Size, r.Head.At.UTC().Format(time.RFC3339), logproof.Hash(r.Head.Root)))
		say(true, "ledger key", l.Keys()[0].String())
	}
	for _, note := range notes {
		h, err := l.CheckNote(ctx, note)
		if err != nil {
			say(false, "head kept elsewhere", err.Error())
			continue
		}
		say(true, "head kept elsewhere", fmt.Sprintf("the ledger begins with its %d rows of %s", h.Size, h.At.UTC().Format(time.RFC3339)))
	}
	return nil
}
