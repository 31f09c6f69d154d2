package transport

import (
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"regexp"
	"strings"
)

// pemBegin and pemEnd match the lines around a block, also those with a wrong number of dashes, with the dashes of a word processor, or
// with something in front, such as a quotation mark.
var (
	pemBegin = regexp.MustCompile(`(?m)^(?:-+ *BEGIN\b|.*\p{Pd}{2,} *BEGIN\b.*\p{Pd}{2,}).*$`)
	pemEnd   = regexp.MustCompile(`(?m)^(?:-+ *END\b|.*\p{Pd}{2,} *END\b.*\p{Pd}{2,}).*$`)
)

// ParseCertificates reads all certificates of a text in PEM form. Text between the blocks is a comment, as RFC 7468 has it.
//
// A block that is damaged or holds something else is an error with the block's number. A certificate that is intact and that
// Go refuses, for example for its negative serial number, is left out: a company's bundle may hold such a root, and the others
// still count. unusable has one error for each.
func ParseCertificates(text string) (certificates []*x509.Certificate, unusable []error, err error) {
	blocks := pemBlocks(text)
	if len(blocks) == 0 {
		return nil, nil, errors.New("it contains no certificate in PEM form (-----BEGIN CERTIFICATE-----)")
	}

	for index, block := range blocks {
		number := index + 1

		decoded, rest := pem.Decode([]byte(block))
		if decoded == nil || pemEnd.Match(rest) {
			return nil, nil, fmt.Errorf("block %d of %d cannot be decoded: it is damaged or incomplete", number, len(blocks))
		}

		if decoded.Type != "CERTIFICATE" && decoded.Type != "X509 CERTIFICATE" {
			return nil, nil, fmt.Errorf("block %d of %d is not a certificate but of the type %q: leave it out",
				number, len(blocks), Printable(decoded.Type))
		}

		var whole asn1.RawValue
		if rest, err := asn1.Unmarshal(decoded.Bytes, &whole); err != nil || len(rest) > 0 {
			return nil, nil, fmt.Errorf("block %d of %d is not a certificate: it is damaged or incomplete", number, len(blocks))
		}

		certificate, err := x509.ParseCertificate(decoded.Bytes)
		if err != nil {
			unusable = append(unusable, fmt.Errorf("block %d of %d: %w", number, len(blocks), err))

			continue
		}

		certificates = append(certificates, certificate)
	}

	if len(certificates) == 0 {
		return nil, nil, fmt.Errorf("it contains no usable certificate: %w", errors.Join(unusable...))
	}

	return certificates, unusable, nil
}

// pemBlocks splits a text at the beginnings of its PEM blocks. encoding/pem alone would skip a block that it cannot read. Byte
// order marks, carriage returns and indentation are dropped.
func pemBlocks(text string) []string {
	lines := strings.FieldsFunc(strings.ReplaceAll(text, byteOrderMark, ""), func(char rune) bool { return char == '\n' || char == '\r' })
	for index, line := range lines {
		lines[index] = strings.TrimSpace(line)
	}

	text = strings.Join(lines, "\n") + "\n"
	starts := pemBegin.FindAllStringIndex(text, -1)
	blocks := make([]string, 0, len(starts)+1)

	// A block without a first line is damaged too.
	if head := text[:append(starts, []int{len(text)})[0][0]]; pemEnd.MatchString(head) {
		blocks = append(blocks, head)
	}

	for index, start := range starts {
		end := len(text)
		if index+1 < len(starts) {
			end = starts[index+1][0]
		}

		blocks = append(blocks, text[start[0]:end])
	}

	return blocks
}
