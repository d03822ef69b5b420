package config

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/BurntSushi/toml"
)

// ErrHelp is returned by Load for -h and --help.
var ErrHelp = errors.New("help asked for")

// envPrefix begins every variable; those of the tests are theirs.
const envPrefix, testPrefix = "LIENTHONG_", "LIENTHONG_TEST_"

// maxFile bounds the configuration file and secrets' files, in bytes.
const maxFile = 1 << 20

// Load reads the configuration. args are the command line without the program's and sub-command's
// names; environ is as of os.Environ; read reads a file. rest are the arguments that are no flags;
// after "--" none are. All mistakes are returned together.
func Load(args, environ []string, read func(name string) ([]byte, error)) (c Config, rest []string, err error) {
	l := loader{table: settings(), read: read}
	flags, rest, err := l.flags(args)
	if err != nil {
		return c, nil, err
	}
	env := l.environment(environ)
	file := ""
	for _, v := range []map[string]string{env, flags} {
		if f, ok := v["config"]; ok {
			file = f
			delete(v, "config")
		}
	}
	c = Defaults()
	c.File = file
	if file != "" {
		l.apply(&c, "file", l.file(file))
	}
	l.apply(&c, "environment", env)
	l.apply(&c, "flag", flags)
	return c, rest, errors.Join(l.errs...)
}

type loader struct {
	table []setting
	read  func(string) ([]byte, error)
	errs  []error
}

func (l *loader) fail(format string, args ...any) {
	l.errs = append(l.errs, fmt.Errorf(format, args...))
}

// find returns the setting of the name; ofFile says that the name ends in "-file" and its value is
// the path of a file that holds a secret.
func (l *loader) find(name string) (s setting, ofFile, ok bool) {
	for _, s := range l.table {
		if s.name == name {
			return s, false, true
		}
		if s.secret && s.name+"-file" == name {
			return s, true, true
		}
	}
	return setting{}, false, false
}

// flags splits the command line.
func (l *loader) flags(args []string) (values map[string]string, rest []string, err error) {
	values = map[string]string{}
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case a == "-h" || a == "--help" || a == "-help":
			return nil, nil, ErrHelp
		case a == "--":
			return values, append(rest, args[i+1:]...), nil
		case len(a) < 2 || a[0] != '-':
			rest = append(rest, a)
			continue
		}
		name, value, has := strings.Cut(strings.TrimLeft(a, "-"), "=")
		s, ofFile, ok := l.find(name)
		if name != "config" && !ok {
			l.fail("flag --%s is unknown%s", name, l.nearest(name, "--", func(s string) string { return s }))
			// The next argument may be its value or not; going on would only guess.
			return nil, nil, errors.Join(l.errs...)
		}
		if s.secret && !ofFile {
			return nil, nil, fmt.Errorf("flag --%s: other users of the machine can read flags; use --%s-file or %s", name, name, envName(name))
		}
		if !has {
			if s.isBool {
				value = "true"
			} else if i+1 < len(args) {
				i++
				value = args[i]
			} else {
				return nil, nil, fmt.Errorf("flag --%s has no value", name)
			}
		}
		if _, twice := values[name]; twice {
			return nil, nil, fmt.Errorf("flag --%s stands twice", name)
		}
		values[name] = value
	}
	return values, rest, nil
}

func envName(name string) string {
	return envPrefix + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// environment picks out the variables.
func (l *loader) environment(environ []string) map[string]string {
	values := map[string]string{}
	for _, kv := range environ {
		k, v, _ := strings.Cut(kv, "=")
		if !strings.HasPrefix(k, envPrefix) || strings.HasPrefix(k, testPrefix) {
			continue
		}
		name := strings.ToLower(strings.ReplaceAll(strings.TrimPrefix(k, envPrefix), "_", "-"))
		if _, _, ok := l.find(name); !ok && name != "config" || k != envName(name) {
			l.fail("variable %s is unknown%s", k, l.nearest(name, "", envName))
			continue
		}
		values[name] = v
	}
	return values
}

// file reads the TOML file into names and values.
func (l *loader) file(path string) map[string]string {
	values := map[string]string{}
	b, err := l.read(path)
	if err != nil {
		l.fail("configuration file: %w", err)
		return nil
	}
	if len(b) > maxFile {
		l.fail("configuration file %s is larger than %d bytes", path, maxFile)
		return nil
	}
	var tree map[string]any
	if err := toml.Unmarshal(b, &tree); err != nil {
		l.fail("configuration file %s: %w", path, err)
		return nil
	}
	l.flatten(path, "", tree, values)
	return values
}

func (l *loader) flatten(path, prefix string, tree map[string]any, values map[string]string) {
	for _, k := range slices.Sorted(maps.Keys(tree)) {
		name := prefix + strings.ReplaceAll(k, "_", "-")
		if sub, ok := tree[k].(map[string]any); ok {
			l.flatten(path, name+"-", sub, values)
			continue
		}
		s, _, ok := l.find(name)
		if !ok {
			l.fail("%s: key %s is unknown%s", path, name, l.nearest(name, "", func(s string) string { return s }))
			continue
		}
		if s.noFile {
			l.fail("%s: %s cannot be set in a file, only by --%s or %s", path, name, name, envName(name))
			continue
		}
		if _, twice := values[name]; twice {
			l.fail("%s: %s stands twice", path, name)
			continue
		}
		switch v := tree[k].(type) {
		case string:
			values[name] = v
		case int64, bool:
			values[name] = fmt.Sprint(v)
		case []any:
			var parts []string
			for _, p := range v {
				s, ok := p.(string)
				if !ok {
					l.fail("%s: %s: want a list of texts", path, name)
				}
				parts = append(parts, s)
			}
			values[name] = strings.Join(parts, ",")
		default:
			l.fail("%s: %s: want a text, a number, true or false, or a list of texts", path, name)
		}
	}
}

// apply sets the values of one source over those of weaker ones.
func (l *loader) apply(c *Config, source string, values map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(values)) {
		value := values[name]
		s, ofFile, ok := l.find(name)
		if !ok {
			continue
		}
		if ofFile {
			if _, both := values[s.name]; both {
				l.fail("%s: both %s and %s are given", source, s.name, name)
				continue
			}
			b, err := l.read(value)
			if err != nil {
				l.fail("%s: %s: %w", source, name, err)
				continue
			}
			if len(b) > maxFile {
				l.fail("%s: %s: the file is larger than %d bytes", source, name, maxFile)
				continue
			}
			value = strings.TrimRight(string(b), "\r\n")
		}
		if err := s.set(c, value); err != nil {
			if s.secret {
				err = errors.New("cannot be read")
			}
			l.fail("%s: %s: %w", source, name, err)
			continue
		}
		c.sources[s.name] = source
	}
}

// nearest returns a hint at the known name closest to the wrong one, or nothing if none is close.
func (l *loader) nearest(wrong, prefix string, as func(string) string) string {
	names := []string{"config"}
	for _, s := range l.table {
		names = append(names, s.name)
		if s.secret {
			names = append(names, s.name+"-file")
		}
	}
	best, at := "", len(wrong)/3+2
	for _, n := range names {
		if d := distance(wrong, n); d < at {
			best, at = n, d
		}
	}
	if best == "" {
		return ""
	}
	return "; did you mean " + prefix + as(best) + "?"
}

// distance is the number of letters to insert, delete or change to make a into b (Levenshtein 1965).
func distance(a, b string) int {
	if len(a) > 100 {
		return len(a)
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := 1
			if a[i] == b[j] {
				cost = 0
			}
			diagonal, row[j+1] = row[j+1], min(row[j+1]+1, row[j]+1, diagonal+cost)
		}
	}
	return row[len(b)]
}

// Usage returns the help of all settings.
func Usage() string {
	var b strings.Builder
	d := Defaults()
	fmt.Fprintf(&b, "  --config FILE\n        TOML file with any of these settings (%sCONFIG)\n", envPrefix)
	for _, s := range settings() {
		name, value := s.name, " VALUE"
		if s.secret {
			name += "-file"
			value = " FILE"
		}
		if s.isBool {
			value = ""
		}
		fmt.Fprintf(&b, "  --%s%s\n        %s (%s", name, value, s.help, envName(s.name))
		if v := s.show(&d); v != "" {
			fmt.Fprintf(&b, ", default %s", v)
		}
		b.WriteString(")\n")
	}
	return b.String()
}
