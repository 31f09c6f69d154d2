package transport

import (
	"html"
	"regexp"
	"strconv"
	"strings"
)

// decodedText is a string that may have been decoded, with the position of each byte in the original text.
type decodedText struct { //nolint:recvcheck // Read-only methods have value receivers, which share the slices.
	chars []byte
	// For each byte, the from slice contains the start of its source in the original text, and the to slice contains the end.
	from, to []int
}

func newDecodedText(text string) decodedText {
	decoded := decodedText{[]byte(text), make([]int, len(text)), make([]int, len(text))}
	for index := range len(text) {
		decoded.from[index], decoded.to[index] = index, index+1
	}

	return decoded
}

func decodedTextWithCapacity(bytes int) decodedText {
	return decodedText{make([]byte, 0, bytes), make([]int, 0, bytes), make([]int, 0, bytes)}
}

func (d *decodedText) add(char byte, from, to int) {
	d.chars, d.from, d.to = append(d.chars, char), append(d.from, from), append(d.to, to)
}

// addPart appends a part of another text.
func (d *decodedText) addPart(other decodedText, begin, end int) {
	d.chars = append(d.chars, other.chars[begin:end]...)
	d.from = append(d.from, other.from[begin:end]...)
	d.to = append(d.to, other.to[begin:end]...)
}

// truncate shortens the text to the given number of bytes.
func (d *decodedText) truncate(bytes int) {
	d.chars, d.from, d.to = d.chars[:bytes], d.from[:bytes], d.to[:bytes]
}

const (
	// nestedEscapes is the maximum number of escape layers to decode. JSON in a query in a web page has three layers, and logs add more.
	nestedEscapes = 6

	// nestedEncodings is the maximum number of base64, base32, digit and quoted-printable layers to decode.
	nestedEncodings = 3
)

// escapeSyntax describes one kind of escape: the characters with which an escape may begin, a pattern that matches an escape at the beginning of a
// text, and the function that decodes an escape.
type escapeSyntax struct {
	begins  string
	pattern *regexp.Regexp
	decode  func(string) string
}

// escapes covers percent-encoding, HTML entities, and the escapes of JSON, JavaScript, Python, C and Go.
var escapes = escapeSyntax{ //nolint:gochecknoglobals // It never changes.
	`%\\&`, regexp.MustCompile(`(?s)^(?:%u[0-9A-Fa-f]{4}|%[0-9A-Fa-f]{2}|\\u\{[0-9A-Fa-f]{1,6}\}|\\u[0-9A-Fa-f]{4}|` +
		`\\U[0-9A-Fa-f]{8}|\\x[0-9A-Fa-f]{2}|\\[0-3][0-7]{2}|\\.|&#?[0-9A-Za-z]{1,31};?)`), unescape,
}

// quotedPrintable is separate from the other escapes, because the `=12` in `a=12` is usually not an escape.
var quotedPrintable = escapeSyntax{ //nolint:gochecknoglobals // It never changes.
	`=`, regexp.MustCompile(`^(?:=[0-9A-Fa-f]{2}|=\s+)`), unescapeQuotedPrintable,
}

// byteNumbers covers bytes written as numbers, such as [97, 98], [97 98] or 0x61 0x62. Node.js prints buffers in this form, as Java does with byte
// arrays and debuggers do with memory. The separator after a number is part of the escape, including a plus sign that represents a space in a form.
var byteNumbers = escapeSyntax{ //nolint:gochecknoglobals // It never changes.
	"0123456789", regexp.MustCompile(`^(?:0[xX][0-9A-Fa-f]{1,2}|[0-9]{1,3})\b[,; +]{0,2}`), unescapeNumber,
}

func unescapeNumber(escape string) string {
	digits, base := strings.TrimRight(escape, ",; +"), 10
	if len(digits) > 1 && strings.ContainsRune("xX", rune(digits[1])) {
		digits, base = digits[2:], 16
	}

	value, err := strconv.ParseUint(digits, base, 8)
	if err != nil {
		return escape // The number does not fit in a byte.
	}

	return string([]byte{byte(value)})
}

func unescape(escape string) string {
	switch {
	case escape == "":
		return ""
	case strings.HasPrefix(escape, "%u"), strings.HasPrefix(escape, `\u`), strings.HasPrefix(escape, `\U`) && len(escape) > len(`\U`):
		return string(hexValue(strings.Trim(escape[2:], "{}")))
	case escape[0] == '%':
		return hexByte(escape[1:])
	case strings.HasPrefix(escape, `\x`) && len(escape) == len(`\x41`):
		return hexByte(escape[2:])
	case escape[0] == '\\' && len(escape) == len(`\101`):
		value, _ := strconv.ParseUint(escape[1:], 8, 8)

		return string([]byte{byte(value)})
	case escape[0] == '\\' && strings.ContainsAny(escape[1:], "bfnrt"):
		return " "
	case escape[0] == '\\':
		return escape[1:]
	default:
		return html.UnescapeString(escape)
	}
}

func unescapeQuotedPrintable(escape string) string {
	if len(strings.TrimSpace(escape)) < len("=41") {
		return "" // A soft line break.
	}

	return hexByte(escape[1:])
}

// hexValue converts hexadecimal digits that a pattern has matched. A value that is too large becomes an invalid character.
func hexValue(digits string) rune {
	value, _ := strconv.ParseInt(digits, 16, 32)

	return rune(value)
}

func hexByte(digits string) string {
	return string([]byte{byte(hexValue(digits))}) //nolint:gosec // Two digits fit.
}

// eachDecoding calls the visit function for a text and for each of its decodings. shortest is the length of the shortest secret in bytes. Shorter
// texts are skipped, because an encoded secret is never shorter than the secret itself.
func (d decodedText) eachDecoding(shortest int, visit func(decodedText)) {
	d.eachDecodingTo(nestedEncodings, shortest, visit)
}

func (d decodedText) eachDecodingTo(depth, shortest int, visit func(decodedText)) {
	if len(d.chars) < shortest {
		return
	}

	d = d.unescaped(func(layer decodedText) {
		visit(layer)

		// The line breaks of quoted-printable may split an escape, so quoted-printable is decoded between the layers.
		if decoded, changed := layer.without(quotedPrintable); changed && depth > 0 {
			decoded.eachDecodingTo(depth-1, shortest, visit)
		}
	})

	if depth == 0 {
		return
	}

	for skipped := range 4 {
		d.base64(skipped).eachDecodingTo(depth-1, shortest, visit)
	}

	for skipped := range 8 {
		d.base32(skipped).eachDecodingTo(depth-1, shortest, visit)
	}

	for skipped := range 2 {
		d.hex(skipped).eachDecodingTo(depth-1, shortest, visit)
	}

	if decoded, changed := d.without(byteNumbers); changed {
		decoded.eachDecodingTo(depth-1, shortest, visit)
	}
}

// unescaped decodes escapes layer by layer, calls the visit function for the text and for each result, and returns the last result.
func (d decodedText) unescaped(visit func(decodedText)) decodedText {
	visit(d)

	for range nestedEscapes {
		decoded, changed := d.without(escapes)
		if !changed {
			break
		}

		d = decoded
		visit(d)
	}

	return d
}

// without returns the text with all escapes of one kind decoded, and reports whether there were any.
func (d decodedText) without(syntax escapeSyntax) (decodedText, bool) {
	// longest is the maximum length of an escape in bytes.
	const longest = 40

	var (
		text    = string(d.chars)
		decoded decodedText
		copied  int
	)

	for begin := strings.IndexAny(text, syntax.begins); begin >= copied; {
		end := begin + 1

		escape := syntax.pattern.FindString(text[begin:min(begin+longest, len(text))])
		if plain := syntax.decode(escape); plain != escape && !isIncomplete(escape, text[begin+len(escape):]) {
			end = begin + len(escape)

			if copied == 0 {
				decoded = decodedTextWithCapacity(len(text))
			}

			decoded.addPart(d, copied, begin)
			copied = end

			for index := range len(plain) {
				decoded.add(plain[index], d.from[begin], d.to[end-1])
			}
		}

		next := strings.IndexAny(text[end:], syntax.begins)
		if next < 0 {
			break
		}

		begin = end + next
	}

	if copied == 0 {
		return d, false
	}

	decoded.addPart(d, copied, len(text))

	return decoded, true
}

// isIncomplete reports whether the semicolon of an HTML entity may itself be escaped, as in `&amp%3B`. If the entity were decoded first, the
// semicolon would remain in the text and could split another escape.
func isIncomplete(escape, next string) bool {
	return escape != "" && escape[0] == '&' && !strings.HasSuffix(escape, ";") && next != "" && (next[0] == '%' || next[0] == '\\')
}

// base64 decodes every run of base64 digits, in either alphabet and possibly with line breaks. base64 skips the given number of digits at the
// beginning of each run, because the secret may begin at any digit.
func (d decodedText) base64(skipped int) decodedText {
	return d.digits(skipped, 6, base64Digit, " \r\n\t")
}

// base32 decodes every run of base32 digits, in upper or lower case, and skips digits as base64 does. A space ends a run, because most words consist
// of base32 digits.
func (d decodedText) base32(skipped int) decodedText {
	return d.digits(skipped, 5, base32Digit, "\r\n")
}

// hex decodes every run of hexadecimal digits, possibly separated by punctuation or whitespace, and skips digits as base64 does.
func (d decodedText) hex(skipped int) decodedText {
	return d.digits(skipped, 4, hexDigit, ":-, \r\n\t")
}

// digits decodes every run of digits of one encoding. Each digit encodes bitsPerDigit bits, and the valueOf function returns a digit's value. The
// characters in the between argument do not end a run. Between two decoded runs, the result contains a single separator in place of the original
// text, which has already been searched. The result is empty if no run is long enough to contain a secret.
func (d decodedText) digits(skipped, bitsPerDigit int, valueOf func(byte) (byte, bool), between string) decodedText {
	var (
		decoded = decodedTextWithCapacity(len(d.chars) * bitsPerDigit / 8)
		toSkip  = skipped
		bits    uint // bits contains the decoded bits, of which only the last ones are pending.
		pending int  // pending is the number of bits that do not form a whole byte yet.
		from    int  // from is the position of the pending bits in the original text.
		begin   int  // begin is the position of the current run in the decoded text.
		useful  bool
	)

	for index, char := range d.chars {
		digit, ok := valueOf(char)

		switch {
		case ok && toSkip > 0:
			toSkip--
		case ok:
			if pending == 0 {
				from = d.from[index]
			}

			bits, pending = bits<<bitsPerDigit|uint(digit), pending+bitsPerDigit
			if pending >= 8 {
				pending -= 8
				decoded.add(byte(bits>>pending), from, d.to[index]) //nolint:gosec // The last 8 bits.
				from = d.from[index]
			}
		case strings.IndexByte(between, char) < 0:
			if len(decoded.chars)-begin < shortestSecret { // The run is too short to contain a secret.
				decoded.truncate(begin)
			}

			if len(decoded.chars) > begin || begin == 0 || !isCompared(decoded.chars[begin-1]) {
				decoded.add(char, d.from[index], d.to[index])
			}

			toSkip, pending, begin = skipped, 0, len(decoded.chars)
		}

		useful = useful || len(decoded.chars)-begin >= shortestSecret
	}

	if !useful {
		return decodedText{}
	}

	return decoded
}

func base32Digit(char byte) (byte, bool) {
	switch {
	case 'A' <= char && char <= 'Z':
		return char - 'A', true
	case 'a' <= char && char <= 'z':
		return char - 'a', true
	case '2' <= char && char <= '7':
		return char - '2' + 26, true
	default:
		return 0, false
	}
}

func base64Digit(char byte) (byte, bool) {
	switch {
	case 'A' <= char && char <= 'Z':
		return char - 'A', true
	case 'a' <= char && char <= 'z':
		return char - 'a' + 26, true
	case '0' <= char && char <= '9':
		return char - '0' + 52, true
	case char == '+', char == '-':
		return 62, true
	case char == '/', char == '_':
		return 63, true
	default:
		return 0, false
	}
}

func hexDigit(char byte) (byte, bool) {
	switch {
	case '0' <= char && char <= '9':
		return char - '0', true
	case 'a' <= char && char <= 'f':
		return char - 'a' + 10, true
	case 'A' <= char && char <= 'F':
		return char - 'A' + 10, true
	default:
		return 0, false
	}
}

// folded returns the text in the form that is used for comparisons: in lower case, and without the characters that comparisons ignore.
func (d decodedText) folded() decodedText {
	folded := decodedTextWithCapacity(len(d.chars))

	for index, char := range d.chars {
		if !isCompared(char) {
			continue
		}

		if 'A' <= char && char <= 'Z' {
			char += 'a' - 'A'
		}

		folded.add(char, d.from[index], d.to[index])
	}

	return folded
}

// isCompared reports whether a character matters in comparisons. Comparisons ignore whitespace and anything that is not printable ASCII, such as a
// soft hyphen. Comparisons also ignore the plus sign, because forms encode a space as a plus sign. Finally, comparisons ignore the semicolon, which
// ends an HTML entity, and the backslash, which begins an escape. Either of these characters remains after decoding if it was encoded once more
// than the text around it.
func isCompared(char byte) bool {
	return char > ' ' && char <= '~' && strings.IndexByte(`+;\`, char) < 0
}
