package intelligence

import (
	"errors"
	"fmt"
	"math/big"
	"regexp"
	"strings"
	"time"
	"unicode"
)

// Filter expressions are the documented subset of OData: the operators `eq`, `ne`, `gt`, `ge`, `lt`, `le`, `in`, `and`, `or` and `not`,
// parentheses, and the functions `contains`, `startswith` and `endswith`. Names are in lower case, and literals must have the field's type
// (developer.celonis.com/process-intelligence-apis/knowledge-model-api/features/filtering-odata-typed). The negated comparison "name not eq
// 'John Doe'" occurs only in an example in the vendor's OpenAPI file. The simulator rejects the older syntax with untyped values and commas.
// Where the vendor does not document the behaviour, expressions follow OData: a missing value is not equal to any value, and any order
// comparison with a missing value is false.

// predicate reports whether a row matches. Its argument looks up the row's values.
type predicate func(cell func(reference) any) bool

// errUnknownField is the error for an expression that contains an unknown field.
var errUnknownField = errors.New("unknown field")

// parseExpression parses an expression. The resolve function looks up fields by name.
func parseExpression(text string, resolve func(name string) (reference, bool)) (predicate, error) {
	tokens, err := tokenize(text)
	if err != nil {
		return nil, err
	}

	p := &expressionParser{tokens: tokens, resolve: resolve}

	parsed, err := p.disjunction()
	if err != nil {
		return nil, err
	}

	if rest := p.next(); rest.kind != tokenEnd {
		return nil, fmt.Errorf("unexpected %q at the end", rest.text)
	}

	return parsed, nil
}

type tokenKind int

const (
	tokenEnd    tokenKind = iota
	tokenWord             // an operator, a field or a literal without quotes
	tokenString           // a string, without its quotes
	tokenMark             // ( ) ,
)

type token struct {
	kind tokenKind
	text string
}

func tokenize(text string) ([]token, error) {
	var tokens []token

	for {
		text = strings.TrimLeftFunc(text, unicode.IsSpace)

		switch {
		case text == "":
			return tokens, nil
		case strings.ContainsRune("(),", rune(text[0])):
			tokens = append(tokens, token{tokenMark, text[:1]})
			text = text[1:]
		case text[0] == '\'':
			value, rest, err := cutString(text[1:])
			if err != nil {
				return nil, err
			}

			tokens = append(tokens, token{tokenString, value})
			text = rest
		default:
			end := strings.IndexFunc(text, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune("(),'", r) })
			if end < 0 {
				end = len(text)
			}

			tokens = append(tokens, token{tokenWord, text[:end]})
			text = text[end:]
		}
	}
}

// cutString splits text at the closing quote and returns the string and the remaining text. Two consecutive quotes stand for one quote in the
// string.
func cutString(text string) (string, string, error) {
	var value strings.Builder

	for {
		part, rest, closed := strings.Cut(text, "'")
		if !closed {
			return "", "", errors.New("a string has no closing quote")
		}

		value.WriteString(part)

		if !strings.HasPrefix(rest, "'") {
			return value.String(), rest, nil
		}

		value.WriteByte('\'')

		text = rest[1:]
	}
}

type expressionParser struct {
	tokens  []token
	resolve func(name string) (reference, bool)
	depth   int
}

func (p *expressionParser) peek() token {
	if len(p.tokens) == 0 {
		return token{}
	}

	return p.tokens[0]
}

func (p *expressionParser) next() token {
	first := p.peek()
	if first.kind != tokenEnd {
		p.tokens = p.tokens[1:]
	}

	return first
}

// skip consumes the next token if it has the given kind and text.
func (p *expressionParser) skip(kind tokenKind, text string) bool {
	found := p.peek() == token{kind, text}
	if found {
		p.next()
	}

	return found
}

func (p *expressionParser) expect(mark string) error {
	if p.skip(tokenMark, mark) {
		return nil
	}

	return fmt.Errorf("expected %[2]q, got %[1]q", p.peek().text, mark)
}

func (p *expressionParser) disjunction() (predicate, error) {
	left, err := p.conjunction()

	for err == nil && p.skip(tokenWord, "or") {
		var right predicate

		first := left
		right, err = p.conjunction()
		left = func(cell func(reference) any) bool { return first(cell) || right(cell) }
	}

	return left, err
}

func (p *expressionParser) conjunction() (predicate, error) {
	left, err := p.negation()

	for err == nil && p.skip(tokenWord, "and") {
		var right predicate

		first := left
		right, err = p.negation()
		left = func(cell func(reference) any) bool { return first(cell) && right(cell) }
	}

	return left, err
}

func (p *expressionParser) negation() (predicate, error) {
	const deepest = 100

	p.depth++
	defer func() { p.depth-- }()

	if p.depth > deepest {
		return nil, errors.New("the expression is nested too deeply")
	}

	switch {
	case p.skip(tokenWord, "not"):
		inner, err := p.negation()

		return func(cell func(reference) any) bool { return !inner(cell) }, err
	case p.skip(tokenMark, "("):
		inner, err := p.disjunction()
		if err != nil {
			return nil, err
		}

		return inner, p.expect(")")
	default:
		return p.comparison()
	}
}

func (p *expressionParser) comparison() (predicate, error) {
	first := p.next()
	if first.kind != tokenWord {
		return nil, fmt.Errorf("expected a field, got %q", first.text)
	}

	if p.peek() == (token{tokenMark, "("}) {
		return p.function(first.text)
	}

	field, err := p.field(first.text)
	if err != nil {
		return nil, err
	}

	negated := p.skip(tokenWord, "not")

	compare, err := p.operator(field)
	if err != nil || !negated {
		return compare, err
	}

	return func(cell func(reference) any) bool { return !compare(cell) }, nil
}

func (p *expressionParser) field(name string) (reference, error) {
	field, ok := p.resolve(name)
	if !ok {
		return reference{}, fmt.Errorf("%w %q", errUnknownField, name)
	}

	return field, nil
}

// function parses a function call such as contains(field,'text'), starting at the opening parenthesis.
func (p *expressionParser) function(name string) (predicate, error) {
	holds, ok := map[string]func(value, part string) bool{
		"contains": strings.Contains, "startswith": strings.HasPrefix, "endswith": strings.HasSuffix,
	}[name]
	if !ok {
		return nil, fmt.Errorf("the function %q is unknown", name)
	}

	if err := p.expect("("); err != nil {
		return nil, err
	}

	field, err := p.field(p.next().text)
	if err != nil {
		return nil, err
	}

	if field.field.Type != FieldString {
		return nil, fmt.Errorf("%s requires a string field", name)
	}

	if err := p.expect(","); err != nil {
		return nil, err
	}

	part := p.next()
	if part.kind != tokenString {
		return nil, fmt.Errorf("%s requires a string in quotes", name)
	}

	return func(cell func(reference) any) bool {
		value, ok := cell(field).(string)

		return ok && holds(value, part.text)
	}, p.expect(")")
}

// operator parses an operator and its right operand.
func (p *expressionParser) operator(field reference) (predicate, error) {
	name := p.next()

	if name == (token{tokenWord, "in"}) {
		return p.membership(field)
	}

	decide, ok := map[string]func(order int) bool{
		"eq": func(order int) bool { return order == 0 },
		"ne": func(order int) bool { return order != 0 },
		"gt": func(order int) bool { return order > 0 },
		"ge": func(order int) bool { return order >= 0 },
		"lt": func(order int) bool { return order < 0 },
		"le": func(order int) bool { return order <= 0 },
	}[name.text]
	if name.kind != tokenWord || !ok {
		return nil, fmt.Errorf("the operator %q is unknown", name.text)
	}

	operand, err := p.literal(field)
	if err != nil {
		return nil, err
	}

	return func(cell func(reference) any) bool {
		order, ok := compareCells(field.field.Type, cell(field), operand)
		if !ok {
			return name.text == "ne"
		}

		return decide(order)
	}, nil
}

// membership parses the list after `in`, starting at the opening parenthesis.
func (p *expressionParser) membership(field reference) (predicate, error) {
	if err := p.expect("("); err != nil {
		return nil, err
	}

	var operands []any

	for {
		operand, err := p.literal(field)
		if err != nil {
			return nil, err
		}

		operands = append(operands, operand)

		if !p.skip(tokenMark, ",") {
			break
		}
	}

	return func(cell func(reference) any) bool {
		for _, operand := range operands {
			if order, ok := compareCells(field.field.Type, cell(field), operand); ok && order == 0 {
				return true
			}
		}

		return false
	}, p.expect(")")
}

var (
	numberForm = regexp.MustCompile(`^-?\d+(\.\d+)?([eE][+-]?\d+)?$`)
	dateForm   = regexp.MustCompile(`^\d{4}-\d\d-\d\d$`)
)

// literal parses a value of the field's type: a *big.Float, a string, a bool or a time.
func (p *expressionParser) literal(field reference) (any, error) {
	read := p.next()
	fieldType := field.field.Type

	if read.kind == tokenString && fieldType == FieldString {
		return read.text, nil
	}

	if read.kind == tokenWord {
		switch fieldType {
		case FieldBoolean:
			if read.text == "true" || read.text == "false" {
				return read.text == "true", nil
			}
		case FieldInteger, FieldNumber, fieldFloat:
			if number, ok := bigNumber(read.text); ok && numberForm.MatchString(read.text) {
				return number, nil
			}
		case FieldDate:
			if moment, ok := moment(read.text); ok && dateForm.MatchString(read.text) {
				return moment, nil
			}
		case fieldDateTime, fieldTimestamp:
			for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00"} {
				if moment, err := time.Parse(layout, read.text); err == nil {
					return moment.UTC(), nil
				}
			}
		}
	}

	return nil, fmt.Errorf("%q is not a value of type %s", read.text, fieldType)
}

// bigNumber parses a decimal number without losing precision.
func bigNumber(text string) (*big.Float, bool) {
	const precision = 256

	number, _, err := big.ParseFloat(text, 10, precision, big.ToNearestEven)

	return number, err == nil
}

// moment parses a date or time in any format that rows may contain. The default time zone is UTC.
func moment(text string) (time.Time, bool) {
	for _, layout := range []string{
		time.RFC3339, "2006-01-02T15:04:05", time.DateTime, "2006-01-02T15:04Z07:00", "2006-01-02 15:04", time.DateOnly,
	} {
		if parsed, err := time.Parse(layout, text); err == nil {
			return parsed.UTC(), true
		}
	}

	return time.Time{}, false
}
