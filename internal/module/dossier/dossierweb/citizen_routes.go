package dossierweb

import "lienthong/internal/kit/web"

// Bodies larger than the router's own limit, in bytes.
const (
	formBody   = 2 << 20  // a question page with every answer at its longest
	uploadBody = 80 << 20 // three of the largest files, as a form without scripts sends them
	chunkBody  = 4 << 20  // one piece of a resumable upload
)

// citizenRoutes registers the pages of citizens and visitors.
func citizenRoutes(r *web.Router, handlers *Handlers) {
	h := citizen{handlers}
	r.Handle("GET /thu-tuc/{code}/nop", web.Citizen, h.start)
	r.Handle("POST /thu-tuc/{code}/nop", web.Citizen, h.startPost)

	r.Handle("GET /nop/{draft}", web.Citizen, h.resume)
	r.Handle("GET /nop/{draft}/"+slugDrop, web.Citizen, h.drop)
	r.Handle("POST /nop/{draft}/"+slugDrop, web.Citizen, h.dropPost)
	r.Handle("GET /nop/{draft}/"+slugOptions, web.Citizen, h.options)
	r.Handle("POST /nop/{draft}/"+slugOptions, web.Citizen, h.optionsPost)
	r.Handle("GET /nop/{draft}/"+slugPapers, web.Citizen, h.papers)
	r.Handle("POST /nop/{draft}/"+slugPapers, web.Citizen, h.papersPost, web.MaxBody(uploadBody))
	r.Handle("GET /nop/{draft}/"+slugCheck, web.Citizen, h.check)
	r.Handle("POST /nop/{draft}/"+slugCheck, web.Citizen, h.submit)
	r.Handle("GET /nop/{draft}/{page}", web.Citizen, h.question)
	r.Handle("POST /nop/{draft}/{page}", web.Citizen, h.questionPost, web.MaxBody(formBody))
	r.Handle("POST /nop/{draft}/{page}/luu", web.Citizen, h.autosave, web.MaxBody(formBody))

	r.Handle("POST /tai-len", web.SignedIn, h.uploadStart)
	r.Handle("HEAD /tai-len/{file}", web.SignedIn, h.uploadOffset)
	r.Handle("PATCH /tai-len/{file}", web.SignedIn, h.uploadChunk, web.MaxBody(chunkBody))
	r.Handle("DELETE /tai-len/{file}", web.SignedIn, h.uploadRemove)
	r.Handle("GET /tep/{file}", web.SignedIn, h.file, web.Uncompressed())

	r.Handle("GET /toi", web.Citizen, h.mine)
	r.Handle("GET /toi/ho-so/{code}", web.Citizen, h.own)
	r.Handle("GET /toi/ho-so/{code}/bien-nhan", web.Citizen, h.receipt)
	r.Handle("GET /toi/ho-so/{code}/so", web.Citizen, h.ledgerLines)
	r.Handle("GET /toi/ho-so/{code}/so/{row}", web.Citizen, h.ledgerLine)
	r.Handle("GET /toi/ho-so/{code}/so/{row}/bang-chung.json", web.Citizen, h.ledgerProof)
	r.Handle("GET /toi/ho-so/{code}/rut", web.Citizen, h.withdraw)
	r.Handle("POST /toi/ho-so/{code}/rut", web.Citizen, h.withdrawPost)
	r.Handle("POST /toi/ho-so/{code}/danh-gia", web.Citizen, h.ratePost)
	r.Handle("GET /toi/ho-so/{code}/bo-sung", web.Citizen, h.answer)
	r.Handle("POST /toi/ho-so/{code}/bo-sung", web.Citizen, h.answerPost, web.MaxBody(uploadBody))
	r.Handle("GET /toi/ho-so/{code}/bo-sung/{page}", web.Citizen, h.answerPage)
	r.Handle("POST /toi/ho-so/{code}/bo-sung/{page}", web.Citizen, h.answerPagePost, web.MaxBody(formBody))
	r.Handle("POST /toi/ho-so/{code}/bo-sung/{page}/luu", web.Citizen, h.answerAutosave, web.MaxBody(formBody))

	r.Handle("GET /tra-cuu", web.Public, h.lookup)
	r.Handle("POST /tra-cuu", web.Public, h.lookupPost)
	r.Handle("GET "+pathForgotten, web.Public, h.forgotten)
	r.Handle("POST "+pathForgotten, web.Public, h.forgottenPost)
	r.Handle("POST "+pathForgotten+"/xem", web.Public, h.forgottenLook)
	r.Handle("POST /tra-cuu/so", web.Public, h.lookupLedger)
	r.Handle("POST /tra-cuu/so/bang-chung", web.Public, h.lookupProof)
	r.Handle("POST /tra-cuu/ma", web.Public, h.resultCode)
	r.Handle("POST /tra-cuu/ket-qua", web.Public, h.resultFile, web.Uncompressed())

	r.Handle("GET /thong-ke", web.Public, h.stats)
	r.Handle("GET /thong-ke/so-lieu", web.Public, h.liveStats)
	r.Handle("GET /thong-ke/xuat.csv", web.Public, h.statsCSV)
	r.Handle("GET /thong-ke/xuat.xlsx", web.Public, h.statsXLSX, web.Uncompressed())
}
