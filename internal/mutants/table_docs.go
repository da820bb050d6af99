package main

func init() { mutants = append(mutants, documentation...) }

// documentation are the guards of the documentation site.
var documentation = []mutant{
	{"documentation: a page asks for its files at the root", "api/docs/home.go", `Root: "docs/"`, `Root: "/docs/"`, "./api", "BelowThePath"},
	{"documentation: the contract is looked for at the root", "api/docs/surroundings.go", `return "../" + contractSource, true`, `return "/" + contractSource, true`, "./api", "BelowThePath"},
	{"documentation: a page leads to what is not served", "api/docs/document.go", "	return source, false\n", "	return source, true\n", "./api/docs", "EveryLink"},
	{"documentation: a link runs a script", "api/docs/surroundings.go", `to.Scheme == "https" || to.Scheme == "http"`, "true", "./api/docs", "LeadsAnywhere"},
	{"documentation: a table has styles", "api/docs/markdown/block.go", "	r.Register(tables.KindTableCell, b.tableCell)\n", "", "./api/docs/markdown", "WhatIsWritten"},
	{"documentation: scripts in the page run", "api/docs/site.go", "script-src 'self'", "script-src 'self' 'unsafe-inline'", "./api", "UnderItsPolicy"},
	{"documentation: two headings share an anchor", "api/docs/markdown/text.go", "	if count == 0 {", "	if true {", "./api/docs/markdown", "ItsSections"},
	{"documentation: code is markup", "api/docs/markdown/code.go", "	return out.String() + html.EscapeString(code[done:])", "	return out.String() + code[done:]", "./api/docs/markdown", "WhatIsWritten"},
	{"documentation: a diagram's text is markup", "api/docs/sequence/svg.go", "anchor, html.EscapeString(line))", "anchor, line)", "./api/docs/sequence", "NoMarkup"},
	{"documentation: a line of a diagram is left out", "api/docs/sequence/sequence.go", "		if !d.read(strings.TrimSpace(line)) {", "		if d.read(strings.TrimSpace(line)); false {", "./api/docs/sequence", "NotUnderstood"},
	{"documentation: a cache mixes what is compressed with what is not", "api/file.go", `body, tag = file.Compressed(), tag+"-gzip"`, "body = file.Compressed()", "./api", "Compressed"},
	{"documentation: gzip for whoever forbids it", "api/file.go", "return gzip > 0 && gzip >=", "return gzip >=", "./api", "DoNotTake"},
	{"documentation: a wrong address in a folder leads to no page", "api/docs/home.go", `strings.Repeat("../", depth)`, `""`, "./api", "LeadsNowhere"},
	{"documentation: a long address makes a long page", "api/docs/site.go", "depth < len(pages) {\n		return pages[depth], true", "true {\n		return pages[min(depth, len(pages)-1)], true", "./api", "LeadsNowhere"},
}
