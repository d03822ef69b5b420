package logproof

import (
	"encoding/json"
	"errors"
	"fmt"
)

// The formats of proofs in files.
const (
	FormatInclusion   = "lienthong-ledger-inclusion-v1"
	FormatConsistency = "lienthong-ledger-consistency-v1"
)

// Inclusion is the proof that one row stands in the ledger (RFC 9162, section 2.1.3).
type Inclusion struct {
	Format   string `json:"format"`
	Index    int64  `json:"index"`          // place of the row, counted from 0
	LeafHash Hash   `json:"leaf_hash"`      // SHA-256(0x00 || leaf)
	Leaf     []byte `json:"leaf,omitempty"` // the row itself, where it tells of nobody else
	Path     []Hash `json:"path"`           // from the leaf up to the root
	Head     string `json:"head"`           // signed note
	Key      string `json:"key"`            // that signed it, as signed notes write keys
}

// Consistency is the proof that a ledger only grew between two heads (RFC 9162, section 2.1.4).
type Consistency struct {
	Format string   `json:"format"`
	First  string   `json:"first"`  // signed note
	Second string   `json:"second"` // signed note
	Path   []Hash   `json:"path"`
	Keys   []string `json:"keys"` // that signed them
}

// Finding is what a checked file shows.
type Finding struct {
	Format  string
	Heads   []Head // one for an inclusion, two for a consistency
	Keys    []Key  // which signed each head
	Trusted bool   // the keys are those the checker brought, not those of the file
	Index   int64  // inclusion: the place
	Hash    Hash   // inclusion: the leaf's hash
	Row     *Leaf  // inclusion: the row, where the file holds it
}

// ErrFile says that a file holds no proof.
var ErrFile = errors.New("the file holds no proof of a ledger")

// Check reads a proof in JSON and checks it whole. Without trusted keys it takes the keys the file
// brings along, which show no more than that the file is whole in itself. An error says what is wrong.
func Check(file []byte, trusted []Key) (Finding, error) {
	var kind struct {
		Format string `json:"format"`
	}
	if err := json.Unmarshal(file, &kind); err != nil {
		return Finding{}, ErrFile
	}
	f := Finding{Format: kind.Format, Trusted: len(trusted) > 0}
	switch kind.Format {
	case FormatInclusion:
		var p Inclusion
		if err := json.Unmarshal(file, &p); err != nil {
			return f, fmt.Errorf("%w: %w", ErrFile, err)
		}
		return f, f.inclusion(p, trusted)
	case FormatConsistency:
		var p Consistency
		if err := json.Unmarshal(file, &p); err != nil {
			return f, fmt.Errorf("%w: %w", ErrFile, err)
		}
		return f, f.consistency(p, trusted)
	}
	return f, ErrFile
}

// Check checks the proof against the keys and returns the head that it stands under.
func (p Inclusion) Check(keys []Key) (Head, error) {
	h, _, err := ReadNote(p.Head, keys)
	if err != nil {
		return h, err
	}
	if len(p.Leaf) > 0 && LeafHash(p.Leaf) != p.LeafHash {
		return h, ErrMismatch
	}
	return h, CheckInclusion(p.LeafHash, p.Index, h.Size, p.Path, h.Root)
}

func (f *Finding) inclusion(p Inclusion, keys []Key) error {
	if len(keys) == 0 {
		k, err := ReadKey(p.Key)
		if err != nil {
			return err
		}
		keys = []Key{k}
	}
	h, k, err := ReadNote(p.Head, keys)
	if err != nil {
		return err
	}
	f.Heads, f.Keys, f.Index, f.Hash = []Head{h}, []Key{k}, p.Index, p.LeafHash
	if _, err := p.Check(keys); err != nil {
		return err
	}
	if len(p.Leaf) > 0 {
		l, err := ReadLeaf(p.Leaf)
		if err != nil {
			return err
		}
		f.Row = &l
	}
	return nil
}

func (f *Finding) consistency(p Consistency, keys []Key) error {
	if len(keys) == 0 {
		for _, s := range p.Keys {
			k, err := ReadKey(s)
			if err != nil {
				return err
			}
			keys = append(keys, k)
		}
	}
	for _, note := range []string{p.First, p.Second} {
		h, k, err := ReadNote(note, keys)
		if err != nil {
			return err
		}
		f.Heads, f.Keys = append(f.Heads, h), append(f.Keys, k)
	}
	a, b := f.Heads[0], f.Heads[1]
	if a.Origin != b.Origin {
		return fmt.Errorf("%w: the heads are of two ledgers, %s and %s", ErrMismatch, a.Origin, b.Origin)
	}
	return CheckConsistency(a.Size, b.Size, p.Path, a.Root, b.Root)
}
