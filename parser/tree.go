// Whole trees without evaluation, for fmt and for tools written against gonginx.

package parser

import (
	"strings"

	gonginx "github.com/tufanbarisyildirim/gonginx/config"
)

// Tree is one file as gonginx models it: every node is a *Directive, an include stays a directive. Print it with
// dumper.DumpConfig(&tree.Config, style). A comment at a block's end hangs on a node without a name.
type Tree struct {
	gonginx.Config
}

// Parse reads a file into a tree.
func Parse(path string, o Options) (*Tree, error) {
	b := &builder{reader: NewReader(o)}
	return b.tree(path, func(v Visitor) error { return b.reader.ReadFile(path, v) })
}

// ParseString reads a text as if it were a file without a name.
func ParseString(text string) (*Tree, error) {
	b := &builder{reader: NewReader(Options{})}
	return b.tree("", func(v Visitor) error { return b.reader.read(&source{text: text, line: 1}, v) })
}

// Marks in comments, for Format only: where a blank line stood, what shared the line of the brace before it, which
// block is empty, and which `)` followed a quote at once.
// Format refuses texts that contain a NUL, so a mark is never taken for text.
const (
	markBlank = "\x00blank"
	markJoin  = "\x00join"
	markEmpty = "\x00empty"
	markGlue  = "\x00glue"
)

// builder hangs directives and comments into a tree.
type builder struct {
	reader   *Reader
	marks    bool
	block    *gonginx.Block
	parent   gonginx.IDirective
	last     *Directive // the simple directive before, while its line may still get a comment
	lastLine int        // where the thing before ended; 0 at the start
	fresh    bool       // nothing stands in the block yet
}

// tree finishes the outermost block.
func (b *builder) tree(path string, read func(Visitor) error) (*Tree, error) {
	b.reader.lexer.keep = true
	b.block, b.fresh = &gonginx.Block{}, true
	if err := read(b.visit); err != nil {
		return nil, err
	}
	b.finish()
	return &Tree{Config: gonginx.Config{Block: b.block, FilePath: path}}, nil
}

// visit adds a directive and, for a block, its body.
func (b *builder) visit(d *Directive) error {
	inner := b.comments(d, b.reader.lexer.remarks)
	if b.marks {
		if d.IsBlock && strings.HasSuffix(d.Name, "_by_lua_block") {
			return d.Error(Emerg, "Lua code in \""+d.Name+"\" cannot be formatted")
		}
		for i, w := range b.reader.lexer.words[1:] {
			if w.glued {
				d.Parameters[i].Value = markGlue + w.raw
			}
		}
	}
	d.Parent = b.parent
	b.block.Directives = append(b.block.Directives, d)
	b.last, b.lastLine, b.fresh = d, d.EndLine, false
	if !d.IsBlock {
		return nil
	}

	outer, parent := b.block, b.parent
	b.block, b.parent = &gonginx.Block{Parent: d}, d
	b.last, b.fresh = nil, true
	for i, comment := range inner {
		if i == 0 {
			comment = b.mark(markJoin) + comment
		}
		b.node(comment)
		b.fresh = false
	}
	if err := b.reader.Block(b.visit); err != nil {
		return err
	}
	b.finish()
	if b.marks && len(b.block.Directives) == 0 {
		b.node(markEmpty)
	}
	d.Block = b.block
	b.block, b.parent = outer, parent
	b.last, b.lastLine, b.fresh = nil, b.reader.Position().Line, false
	return nil
}

// comments hangs a directive's comments where gonginx's dumper prints them. It returns those that must move into the block's
// body: between a block's last argument and its brace the dumper has no place.
func (b *builder) comments(d *Directive, remarks []remark) (inner []string) {
	taken := map[int]bool{}
	for _, m := range remarks {
		if m.words == 0 {
			if text := b.before(m); text != "" {
				d.Comment = append(d.Comment, text)
			}
			continue
		}
		row := 0
		if m.words > 1 {
			row = d.Parameters[m.words-2].RelativeLineIndex
		}
		final := m.words-1 == len(d.Parameters)
		switch {
		case final && d.IsBlock:
			inner = append(inner, m.text)
		case taken[row]:
			d.Comment = append(d.Comment, m.text)
		default:
			taken[row] = true
			d.SetInlineComment(inline(m.text, row, final))
		}
	}
	if b.gap(d.Line) {
		d.Comment = append(d.Comment, markBlank)
	}
	return inner
}

// before places a comment that stands before any word of the directive: on the line of the directive before it, or above the
// next. It returns the text to put above the next, "" if it has its place.
func (b *builder) before(m remark) string {
	joined := m.line == b.lastLine
	blank := b.gap(m.line)
	b.lastLine, b.fresh = m.line, false
	if joined && b.last != nil {
		row := 0
		if n := len(b.last.Parameters); n > 0 {
			row = b.last.Parameters[n-1].RelativeLineIndex
		}
		for _, c := range b.last.InlineComment {
			if c.RelativeLineIndex == row {
				b.last.Comment = append(b.last.Comment, m.text)
				return ""
			}
		}
		b.last.SetInlineComment(inline(m.text, row, true))
		return ""
	}
	switch {
	case joined:
		return b.mark(markJoin) + m.text
	case blank:
		// The dumper writes a comment as it is: the mark and the text become two lines.
		return markBlank + m.text
	}
	return m.text
}

// gap tells whether a blank line stood before the given line; only Format asks.
func (b *builder) gap(line int) bool {
	return b.marks && !b.fresh && line-b.lastLine > 1
}

// finish hangs the comments left at a block's end, each on a node of its own.
func (b *builder) finish() {
	for _, m := range b.reader.lexer.remarks {
		if text := b.before(m); text != "" {
			b.node(text)
		}
	}
}

// node adds a comment as a directive without a name.
func (b *builder) node(text string) {
	d := &Directive{}
	d.Parent = b.parent
	d.SetInlineComment(gonginx.InlineComment{Value: text})
	b.block.Directives = append(b.block.Directives, d)
}

// mark is the mark for Format, nothing for a plain tree.
func (b *builder) mark(mark string) string {
	if b.marks {
		return mark
	}
	return ""
}

// inline is a comment behind arguments; the dumper writes no space between the `;` and a last one.
func inline(text string, row int, final bool) gonginx.InlineComment {
	if final {
		text = " " + text
	}
	return gonginx.InlineComment{Value: text, RelativeLineIndex: row}
}
