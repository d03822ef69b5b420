package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"lienthong/internal/app"
)

const proofUsage = `Usage
  lienthong verify-proof [--key FILE] FILE    FILE is what the portal handed out; - reads it from the input

  --key FILE   the public keys as the portal publishes them, one in a line, read at another time or place

Needs no data and no network. The exit status is 1 if the file proves nothing.
`

// mostProof bounds what is read of a proof, in bytes; a real one has a few thousand.
const mostProof = 1 << 20

// verifyProof carries out verify-proof.
func verifyProof(args []string, out io.Writer) error {
	key, file := "", ""
	for i := 0; i < len(args); i++ {
		name, value, given := strings.Cut(args[i], "=")
		switch {
		case name == "--help" || name == "-h":
			fmt.Fprint(out, proofUsage)
			return nil
		case name == "--key":
			if !given && i+1 < len(args) {
				i++
				value = args[i]
			}
			if value == "" {
				return errors.New("--key has no value")
			}
			key = value
		case file == "" && (args[i] == "-" || !strings.HasPrefix(args[i], "-")):
			file = args[i]
		default:
			return fmt.Errorf("%q is not understood; see lienthong verify-proof --help", args[i])
		}
	}
	if file == "" {
		return errors.New("verify-proof needs a file; see lienthong verify-proof --help")
	}
	keys := ""
	if key != "" {
		b, err := readSmall(key)
		if err != nil {
			return err
		}
		keys = string(b)
	}
	b, err := readSmall(file)
	if err != nil {
		return err
	}
	return app.VerifyProof(b, keys, out)
}

// readSmall reads a file that cannot be large, or the input for "-".
func readSmall(name string) ([]byte, error) {
	f := os.Stdin
	if name != "-" {
		var err error
		if f, err = os.Open(name); err != nil {
			return nil, err
		}
		defer f.Close()
	}
	b, err := io.ReadAll(io.LimitReader(f, mostProof+1))
	if err == nil && len(b) > mostProof {
		err = fmt.Errorf("%s is larger than any proof", name)
	}
	return b, err
}

// headFlags takes --head FILE off the arguments of doctor, as often as it stands there.
func headFlags(args []string) (notes, rest []string, err error) {
	for i := 0; i < len(args); i++ {
		name, value, given := strings.Cut(args[i], "=")
		if name != "--head" {
			rest = append(rest, args[i])
			continue
		}
		if !given && i+1 < len(args) {
			i++
			value = args[i]
		}
		if value == "" {
			return nil, nil, errors.New("--head has no value")
		}
		b, err := readSmall(value)
		if err != nil {
			return nil, nil, err
		}
		notes = append(notes, string(b))
	}
	return notes, rest, nil
}
