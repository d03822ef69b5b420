package logproof

import (
	"encoding/binary"
	"errors"
)

// The forms of a leaf. In the first the actor stands as the account's identifier, in the second as a
// keyed hash of it, so that the bytes can be given to the owner of a dossier without telling which
// official it was.
const (
	LeafPlain  = "lienthong ledger v1"
	LeafSealed = "lienthong ledger v2"
)

// Leaf is one row of the ledger as the tree hashes it. Identifiers are 16 bytes, or none.
type Leaf struct {
	Form      string // LeafPlain or LeafSealed
	Row       []byte
	At        int64 // microseconds since 1970-01-01T00:00:00Z
	ActorKind string
	Actor     []byte // in LeafSealed 32 bytes
	Agency    []byte
	Action    string
	Object    string
	ObjectID  []byte
	Content   []byte // keyed hash of what was done
}

// leafFields is how many fields a leaf has.
const leafFields = 10

// Bytes returns the leaf's bytes: each field with its length before it as 4 bytes, big-endian, so that
// no two leaves share their bytes.
func (l Leaf) Bytes() []byte {
	out := make([]byte, 0, 256)
	field := func(b []byte) {
		out = binary.BigEndian.AppendUint32(out, uint32(len(b)))
		out = append(out, b...)
	}
	word := func(s string) {
		out = binary.BigEndian.AppendUint32(out, uint32(len(s)))
		out = append(out, s...)
	}
	word(l.Form)
	field(l.Row)
	field(binary.BigEndian.AppendUint64(nil, uint64(l.At)))
	word(l.ActorKind)
	field(l.Actor)
	field(l.Agency)
	word(l.Action)
	word(l.Object)
	field(l.ObjectID)
	field(l.Content)
	return out
}

// ErrLeaf says that bytes are no leaf of the ledger.
var ErrLeaf = errors.New("these bytes are no row of the ledger")

// ReadLeaf reads what Bytes wrote; the error is ErrLeaf.
func ReadLeaf(b []byte) (Leaf, error) {
	var f [leafFields][]byte
	for i := range f {
		if len(b) < 4 {
			return Leaf{}, ErrLeaf
		}
		n := binary.BigEndian.Uint32(b)
		if b = b[4:]; uint64(n) > uint64(len(b)) {
			return Leaf{}, ErrLeaf
		}
		f[i], b = b[:n:n], b[n:]
	}
	l := Leaf{Form: string(f[0]), Row: f[1], ActorKind: string(f[3]), Actor: f[4], Agency: f[5], Action: string(f[6]), Object: string(f[7]),
		ObjectID: f[8], Content: f[9]}
	if len(b) > 0 || len(f[2]) != 8 || l.Form != LeafPlain && l.Form != LeafSealed {
		return Leaf{}, ErrLeaf
	}
	l.At = int64(binary.BigEndian.Uint64(f[2]))
	return l, nil
}
