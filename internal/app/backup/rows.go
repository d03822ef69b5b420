package backup

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"

	"lienthong/internal/kit/db"
)

// oddText is a text that is not UTF-8, as it may stand in an SQLite file.
type oddText struct {
	Base64 []byte `json:"base64"`
}

// encodeRow writes a row as one line of JSON: numbers, texts, true and false as such, bytes in
// base64, JSON as a text, NULL as null.
func encodeRow(b *bytes.Buffer, cols []db.Column, row []any) error {
	b.WriteByte('[')
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	for i, v := range row {
		if i > 0 {
			b.WriteByte(',')
		}
		switch x := v.(type) {
		case nil:
			b.WriteString("null")
		case int64:
			b.WriteString(strconv.FormatInt(x, 10))
		case bool:
			b.WriteString(strconv.FormatBool(x))
		case []byte:
			b.WriteByte('"')
			b.WriteString(base64.StdEncoding.EncodeToString(x))
			b.WriteByte('"')
		case string:
			var out any = x
			if !utf8.ValidString(x) {
				out = oddText{[]byte(x)}
			}
			if err := enc.Encode(out); err != nil {
				return err
			}
			b.Truncate(b.Len() - 1) // the line break
		case float64:
			b.WriteString(strconv.FormatFloat(x, 'g', -1, 64))
		default:
			return fmt.Errorf("column %s holds a %T", cols[i].Name, v)
		}
	}
	b.WriteString("]\n")
	return nil
}

// decodeRow is the inverse of encodeRow.
func decodeRow(line []byte, cols []db.Column) ([]any, error) {
	var vs []json.RawMessage
	if err := json.Unmarshal(line, &vs); err != nil {
		return nil, err
	}
	if len(vs) != len(cols) {
		return nil, fmt.Errorf("%d values for %d columns", len(vs), len(cols))
	}
	row := make([]any, len(vs))
	for i, v := range vs {
		if string(v) == "null" {
			continue
		}
		var err error
		switch cols[i].Kind {
		case db.KindInt:
			row[i], err = strconv.ParseInt(string(v), 10, 64)
		case db.KindFloat:
			row[i], err = strconv.ParseFloat(string(v), 64)
		case db.KindBool:
			row[i], err = strconv.ParseBool(string(v))
		case db.KindBytes:
			b := []byte{}
			err = json.Unmarshal(v, &b)
			row[i] = b
		case db.KindText, db.KindJSON:
			if len(v) > 0 && v[0] == '{' {
				var r oddText
				err = json.Unmarshal(v, &r)
				row[i] = string(r.Base64)
				break
			}
			var s string
			err = json.Unmarshal(v, &s)
			row[i] = s
		default:
			err = fmt.Errorf("the kind %q is not known", cols[i].Kind)
		}
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", cols[i].Name, err)
		}
	}
	return row, nil
}
