package dmn

import "slices"

// Check returns what is wrong with the model, in the order of the file: what has Warning may be
// published all the same. A model with other problems must not be published, since what cannot be
// read or is not executed would be null at run time.
func (m *Model) Check() []Problem {
	out := slices.Clone(m.problems)
	for _, d := range m.nodes {
		out = append(out, analyse(d)...)
	}
	return out
}
