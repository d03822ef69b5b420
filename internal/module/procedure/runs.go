package procedure

import "lienthong/internal/engine/bpmn"

// Runs says what dossiers carry out of a process, so that publication refuses the rest: what they do
// at all, and which services and decisions exist by name.
type Runs struct {
	Host  bpmn.Host
	Names bpmn.Names
}

// ProcessProblems returns what keeps a process from being published here, in the order of the file;
// none means that dossiers may run on it. Editor, simulation, library and publication ask the same.
func (s *Service) ProcessProblems(d *bpmn.Definition) []bpmn.Problem {
	if out := d.CheckFor(s.Runs.Host); len(out) > 0 {
		return out // names matter once the drawing itself is right
	}
	return d.CheckNames(s.Runs.Names)
}
