package main

import (
	"bytes"
	"strings"
	"testing"
)

// A proof is checked by somebody who has the program and no data. The files are committed, so that what
// was handed out once can be checked by every later program.
func TestVerifyProof(t *testing.T) {
	const dir = "testdata/"
	for _, tt := range []struct{ args, out, err string }{
		{"verify-proof --help", "exit status", ""},
		{"verify-proof " + dir + "proof.json", "NOTE", ""},
		{"verify-proof --key " + dir + "published.key " + dir + "proof.json", "dossier.read", ""},
		{"verify-proof " + dir + "head.txt --key=" + dir + "published.key", "signed by the key", ""},
		{"verify-proof --key " + dir + "other.key " + dir + "proof.json", "", "NOT PROVEN"},
		{"verify-proof " + dir + "altered.json", "", "NOT PROVEN"},
		{"verify-proof " + dir + "head.txt", "", "--key"},
		{"verify-proof --key " + dir + "head.txt " + dir + "proof.json", "", "no public key"},
		{"verify-proof " + dir + "none", "", "none"},
		{"verify-proof", "", "needs a file"},
		{"verify-proof a b", "", "not understood"},
		{"verify-proof --key", "", "no value"},
		{"doctor --head", "", "no value"},
		{"doctor --head " + dir + "none", "", "none"},
	} {
		var out bytes.Buffer
		err := run(t.Context(), strings.Fields(tt.args), nil, &out, &out)
		if tt.err == "" && err != nil || tt.err != "" && (err == nil || !strings.Contains(err.Error(), tt.err)) || !strings.Contains(out.String(), tt.out) {
			t.Errorf("%s: %v, said %q", tt.args, err, out.String())
		}
		if strings.Contains(tt.args, "published") && strings.Contains(out.String(), "NOTE") {
			t.Errorf("%s: the key that was given is not believed", tt.args)
		}
	}
}
