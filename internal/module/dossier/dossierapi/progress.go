package dossierapi

import (
	"context"

	"lienthong/internal/engine/bpmn"
	"lienthong/internal/kit/i18n"
	"lienthong/internal/module/dossier"
)

// DossierStage is one step of the process diagram with where the dossier stands.
type DossierStage struct {
	Node  string `json:"node" doc:"The step in the process diagram."`
	Name  string `json:"name" example:"Thẩm định hồ sơ"`
	Lane  string `json:"lane,omitempty" example:"Bộ phận Một cửa" doc:"Whose step it is, in words."`
	State string `json:"state,omitempty" enum:"done,current,next" doc:"Missing for a step that lies further ahead or is not on the way."`
	Note  string `json:"note,omitempty" example:"23/11, 09:15" doc:"When it was done."`
}

// progress shows the steps in the order a reader meets them: the main way first, steps aside after it.
func progress(ctx context.Context, v *dossier.View) []DossierStage {
	lang := i18n.Lang(ctx)
	return items(v.Proc.Process.Outline(v.Marks()), func(o bpmn.OutlineItem) DossierStage {
		return DossierStage{Node: o.ID, Name: o.Title(lang), Lane: o.LaneTitle(lang), State: o.State, Note: o.Note}
	}).Items
}
