package architecture_test

import (
	"go/ast"
	"path"
	"regexp"
	"strings"
	"testing"
)

// docLink is a name in brackets that is no link of Markdown and no index.
var docLink = regexp.MustCompile(`(?:^|[\s(])\[((?:[a-z]\w*\.)?[A-Z]\w*(?:\.\w+)?)\](?:[\s.,;:)]|$)`)

// names are those that are declared, by folder.
type names map[string]map[string]bool

// What has been moved or renamed must not be sent for where it was.
func TestDocLinksNameWhatIsDeclared(t *testing.T) {
	t.Parallel()
	all := names{}
	for _, f := range sources(t) {
		if all[f.folder] == nil {
			all[f.folder] = map[string]bool{}
		}
		declare(all[f.folder], f.syntax)
	}
	for _, f := range sources(t) {
		if ast.IsGenerated(f.syntax) {
			continue
		}
		for _, comment := range f.syntax.Comments {
			for _, match := range docLink.FindAllStringSubmatch(comment.Text(), -1) {
				if !all.has(f.folder, match[1]) {
					t.Errorf("%s: nothing is called [%s]", f.path, match[1])
				}
			}
		}
	}
}

// has reports whether a link in a folder leads to something, or to another module.
func (n names) has(folder, link string) bool {
	pkg, name, _ := strings.Cut(link, ".")
	if pkg != strings.ToLower(pkg) {
		return n[folder][link]
	}
	ours := false
	for folder, declared := range n {
		if path.Base(folder) == pkg {
			ours = true
			if declared[name] {
				return true
			}
		}
	}
	return !ours
}

// declare adds the names that a file declares: those of methods, fields and methods of interfaces as Type.Name.
func declare(to map[string]bool, file *ast.File) {
	for _, d := range file.Decls {
		switch d := d.(type) {
		case *ast.FuncDecl:
			name := d.Name.Name
			if d.Recv != nil {
				name = receiver(d.Recv.List[0].Type) + "." + name
			}
			to[name] = true
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				declareSpec(to, spec)
			}
		}
	}
}

func declareSpec(to map[string]bool, spec ast.Spec) {
	switch spec := spec.(type) {
	case *ast.ValueSpec:
		for _, name := range spec.Names {
			to[name.Name] = true
		}
	case *ast.TypeSpec:
		to[spec.Name.Name] = true
		var members *ast.FieldList
		switch t := spec.Type.(type) {
		case *ast.StructType:
			members = t.Fields
		case *ast.InterfaceType:
			members = t.Methods
		default:
			return
		}
		for _, member := range members.List {
			for _, name := range member.Names {
				to[spec.Name.Name+"."+name.Name] = true
			}
		}
	}
}
