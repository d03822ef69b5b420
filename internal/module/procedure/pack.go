package procedure

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/engine/form"
	"lienthong/internal/kit/actor"
	"lienthong/internal/kit/fault"
	"lienthong/internal/kit/i18n"
)

// packFiles is the forms and processes a province pack brings.
type packFiles struct{ assets map[string]*Asset }

// library looks into the pack first: what a pack's record means does not change because an
// administrator changed the library since.
func (p *packFiles) library(next library) library {
	return func(kind, key string) (*Asset, error) {
		if a := p.assets[kind+"/"+key]; a != nil {
			return a, nil
		}
		return next(kind, key)
	}
}

// ImportPack loads forms/<key>/{schema,layout}.json, processes/<key>.bpmn and procedures/*.json of
// a province pack and publishes the procedures. It may be run at every start: what was taken over
// before is left alone, a changed record becomes a new version, and what administrators changed
// since stays. A procedure on which somebody has a draft is left to them and logged. What is
// wrong with one file does not keep the others out; the error names every such file.
func (s *Service) ImportPack(ctx context.Context, pack fs.FS) error {
	who := actor.System("pack")
	files := &packFiles{assets: map[string]*Asset{}}
	var errs []error
	forms, err := fs.Glob(pack, "forms/*/schema.json")
	if err != nil {
		return err
	}
	for _, name := range forms {
		dir := path.Dir(name)
		a := &Asset{Kind: assetForm, Key: path.Base(dir)}
		if a.Schema, err = fs.ReadFile(pack, name); err == nil {
			a.Layout, err = fs.ReadFile(pack, dir+"/layout.json")
		}
		if err == nil {
			a.Schema, a.Layout = canonical(a.Schema), canonical(a.Layout)
			err = s.packAsset(ctx, who, files, a)
		}
		errs = append(errs, named(dir, err))
	}
	processes, err := fs.Glob(pack, "processes/*.bpmn")
	if err != nil {
		return err
	}
	for _, name := range processes {
		a := &Asset{Kind: assetProcess, Key: strings.TrimSuffix(path.Base(name), ".bpmn")}
		if a.BPMN, err = fs.ReadFile(pack, name); err == nil {
			a.BPMN, err = bpmn.UTF8(a.BPMN)
		}
		if err == nil {
			err = s.packAsset(ctx, who, files, a)
		}
		errs = append(errs, named(name, err))
	}
	procedures, err := fs.Glob(pack, "procedures/*.json")
	if err != nil {
		return err
	}
	opts := ImportOptions{Publish: true, pack: files}
	for _, name := range procedures {
		errs = append(errs, named(name, s.packProcedure(ctx, who, pack, name, opts)))
	}
	return errors.Join(errs...)
}

func named(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", name, err)
}

// packAsset takes a form or process over unless this very content came with the pack before.
func (s *Service) packAsset(ctx context.Context, who actor.Actor, files *packFiles, a *Asset) error {
	files.assets[a.Kind+"/"+a.Key] = a
	a.pack = a.hash()
	old, err := loadAsset(s.DB.Read(ctx), a.Kind, a.Key)
	if err == nil && old.pack == a.pack {
		return nil
	}
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return err
	}
	if a.Kind == assetForm {
		f, err := form.Compile(a.Schema, a.Layout)
		if err != nil {
			return err
		}
		a.Title = f.Title().In(i18n.VI)
	} else {
		d, err := bpmn.Parse(a.BPMN)
		if err != nil {
			return err
		}
		if len(d.Calls()) > 0 {
			all, err := whole(files.library(stored(s.DB.Read(ctx))), a.BPMN)
			if err != nil {
				return err
			}
			if d, err = bpmn.Parse(all); err != nil {
				return err
			}
		}
		for _, p := range s.ProcessProblems(d) {
			return &p
		}
		a.Title = d.Title(i18n.VI)
	}
	return s.putAsset(ctx, who, a)
}

func (s *Service) packProcedure(ctx context.Context, who actor.Actor, pack fs.FS, name string, opts ImportOptions) error {
	data, err := fs.ReadFile(pack, name)
	if err != nil {
		return err
	}
	rows, err := parseJSON(bytes.TrimSpace(data))
	if err != nil {
		return err
	}
	for i := range rows {
		if len(rows[i].errors) > 0 {
			return fault.Input("procedure.invalid", rows[i].errors...)
		}
		_, err := s.importOne(ctx, who, &rows[i].record, opts)
		if f := fault.As(err); f != nil && f.Key == "procedure.draft_exists" {
			s.Log.Warn("a procedure of the pack changed, but somebody has a draft of it; publish or discard the draft and start again",
				"code", rows[i].record.Code.Value)
			continue
		}
		if err != nil {
			return err
		}
	}
	return nil
}
