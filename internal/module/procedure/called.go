package procedure

import (
	"bytes"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/fault"
)

// maxCalled bounds the processes that one process takes in with those it calls.
const maxCalled = 20

// whole returns the process file with the library's processes it calls taken into it, and those they
// call: a version keeps all of what it runs, so a dossier does not change with the library. Processes
// that call nothing come back as they are.
func whole(lib library, src []byte) ([]byte, error) {
	if !bytes.Contains(src, []byte("callActivity")) {
		return src, nil // nearly all: not read twice
	}
	for range maxCalled {
		d, err := bpmn.Parse(src)
		if err != nil {
			return nil, fault.Input("procedure.process_invalid", processField(err))
		}
		calls := d.Calls()
		if len(calls) == 0 {
			return src, nil
		}
		a, err := lib(assetProcess, calls[0])
		if fault.KindOf(err) == fault.NotFound {
			return nil, fault.Input("procedure.process_invalid", fault.Field{Path: "/process", Key: "procedure.no_such_process",
				Args: fault.Args("key", clip(calls[0]))})
		}
		if err != nil {
			return nil, err
		}
		if src, err = bpmn.Include(src, calls[0], a.BPMN); err != nil {
			return nil, fault.Input("procedure.process_invalid", processField(err))
		}
	}
	return nil, fault.Input("procedure.process_invalid", fault.Field{Path: "/process", Key: "procedure.calls_too_many", Args: fault.Args("n", maxCalled)})
}
