// Package dmn reads, checks and executes decision models (OMG DMN 1.1 to 1.5, by the text of 1.3):
// decision tables of every hit policy, literal expressions, contexts, invocations, lists, relations,
// functions, business knowledge models, decision services and the decisions they require. It is
// pure: the clock and the time zones come with each question.
//
//	m, err := dmn.Parse(file)                       // *Problem when this is no model
//	problems := m.Check()                           // what stops publication, by element id
//	res, err := m.Decide("fee", dmn.Question{Inputs: map[string]any{"Number of copies": 3}, Now: now})
//	res.Value, res.Explain("vi")                    // 60000, "Bảng “Phí”: dòng 2 khớp, vì …"
//
// What the standard calls null with a reason is a nil Value and a Note in the Result. What this
// package does not execute (functions in Java or PMML, other expression languages) Check names by
// element; at run time it is null with a note, never something else.
//
// A Model is not changed after Parse and may be used by several goroutines at once.
package dmn
