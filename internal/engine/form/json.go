package form

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strings"
	"unicode/utf8"

	"lienthong/internal/kit/fault"
)

// Limits. A form of a government procedure has some dozens of fields; these leave room for ten
// times that and none for an attack.
const (
	maxDefinitionBytes = 512 << 10 // schema or layout
	maxDataBytes       = 1 << 20   // submitted data
	maxDepth           = 32        // nesting of any JSON read here
	maxNodes           = 40000     // values in one JSON document
	maxString          = 20000     // characters in one answer, whatever the schema allows
	maxItems           = 200       // items of a repeated group or a list, whatever the schema allows
	maxFields          = 500       // fields of one form
	maxNumber          = 1e15      // absolute value; above it float64 no longer holds every whole đồng
)

type limits struct{ bytes, depth, nodes, text int }

// Parse reads submitted data strictly: one JSON object in UTF-8 without duplicate keys, at most
// 1 MiB, 32 levels and 40,000 values, numbers below 1e15. It fails with fault.TooLarge or
// fault.Invalid. Numbers become float64, as everywhere in the data of a form.
func Parse(raw []byte) (map[string]any, error) {
	if len(raw) > maxDataBytes {
		return nil, fault.New(fault.TooLarge, "form.data_too_large", "max", maxDataBytes)
	}
	v, err := decodeStrict(raw, limits{maxDataBytes, maxDepth, maxNodes, 0})
	if err != nil {
		return nil, fault.Wrap(err, fault.Invalid, "form.data_unreadable")
	}
	m, ok := floats(v).(map[string]any)
	if !ok {
		return nil, fault.Wrap(errors.New("data is not a JSON object"), fault.Invalid, "form.data_unreadable")
	}
	return m, nil
}

// decodeStrict reads exactly one JSON value, with json.Number for numbers. encoding/json alone
// keeps the last of two equal keys, repairs broken UTF-8 and reads numbers of any length, and two
// readers that disagree on such data are a way to smuggle something past a check.
func decodeStrict(raw []byte, lim limits) (any, error) {
	if len(raw) > lim.bytes {
		return nil, fmt.Errorf("more than %d bytes", lim.bytes)
	}
	if !utf8.Valid(raw) {
		return nil, errors.New("not UTF-8")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	r := reader{d: d, left: lim.nodes}
	v, err := r.value(lim.depth)
	if err != nil {
		return nil, err
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("text after the JSON value")
	}
	return v, nil
}

type reader struct {
	d    *json.Decoder
	left int
}

func (r *reader) value(depth int) (any, error) {
	if r.left--; r.left < 0 {
		return nil, errors.New("too many values")
	}
	t, err := r.d.Token()
	if err != nil {
		return nil, err
	}
	switch t := t.(type) {
	case json.Delim:
		if depth == 0 {
			return nil, errors.New("nested too deeply")
		}
		if t == '[' {
			return r.array(depth - 1)
		}
		return r.object(depth - 1)
	case json.Number:
		return t, checkNumber(t)
	default:
		return t, nil
	}
}

func (r *reader) array(depth int) (any, error) {
	a := []any{}
	for r.d.More() {
		v, err := r.value(depth)
		if err != nil {
			return nil, err
		}
		a = append(a, v)
	}
	_, err := r.d.Token()
	return a, err
}

func (r *reader) object(depth int) (any, error) {
	m := map[string]any{}
	for r.d.More() {
		t, err := r.d.Token()
		if err != nil {
			return nil, err
		}
		k, _ := t.(string)
		if _, dup := m[k]; dup {
			return nil, fmt.Errorf("duplicate key %.60q", k)
		}
		v, err := r.value(depth)
		if err != nil {
			return nil, err
		}
		m[k] = v
	}
	_, err := r.d.Token()
	return m, err
}

// checkNumber refuses numbers whose exact value would be huge: 1e999999999 is eleven bytes here
// and a gigabyte as a rational number in a validator.
func checkNumber(n json.Number) error {
	f, err := n.Float64()
	if err != nil || len(n) > 40 || math.Abs(f) > maxNumber || strings.Contains(strings.ToLower(string(n)), "e-") {
		return fmt.Errorf("number %.40s is out of range", n)
	}
	return nil
}

// floats turns json.Number into float64 in place.
func floats(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, e := range v {
			v[k] = floats(e)
		}
	case []any:
		for i, e := range v {
			v[i] = floats(e)
		}
	case json.Number:
		f, err := v.Float64()
		if err != nil {
			return nil
		}
		return f
	}
	return v
}

// number returns any Go or JSON number as float64.
func number(v any) (float64, bool) {
	switch n := v.(type) {
	case float64:
		return n, true
	case float32:
		return float64(n), true
	case int:
		return float64(n), true
	case int32:
		return float64(n), true
	case int64:
		return float64(n), true
	case json.Number:
		f, err := n.Float64()
		return f, err == nil
	}
	return 0, false
}
