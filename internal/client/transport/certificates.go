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

// pemBegin and pemEnd match the first and last lines of a block, even with the wrong number of dashes, typographic dashes, or leading text such as
// a quotation mark.
var (
	pemBegin = regexp.MustCompile(`(?m)^(?:-+ *BEGIN\b|.*\p{Pd}{2,} *BEGIN\b.*\p{Pd}{2,}).*$`)
	pemEnd   = regexp.MustCompile(`(?m)^(?:-+ *END\b|.*\p{Pd}{2,} *END\b.*\p{Pd}{2,}).*$`)
)

// ParseCertificates parses all certificates in PEM text. Text between blocks is ignored, as RFC 7468 allows.
//
// If a block is damaged or is not a certificate, the error identifies the block by its number. ParseCertificates skips an intact certificate that Go
// rejects, for example because its serial number is negative, and adds an error to the unusable slice. A corporate bundle may contain such a root
// certificate alongside usable ones.
func ParseCertificates(text string) (certificates []*x509.Certificate, unusable []error, err error) {
	blocks := pemBlocks(text)
	if len(blocks) == 0 {
		return nil, nil, errors.New("the text contains no certificate in PEM format (-----BEGIN CERTIFICATE-----)")
	}

	for index, block := range blocks {
		number := index + 1

		decoded, rest := pem.Decode([]byte(block))
		if decoded == nil || pemEnd.Match(rest) {
			return nil, nil, fmt.Errorf("block %d of %d cannot be decoded: it is damaged or incomplete", number, len(blocks))
		}

		if decoded.Type != "CERTIFICATE" && decoded.Type != "X509 CERTIFICATE" {
			return nil, nil, fmt.Errorf("block %d of %d is of type %q, not a certificate: remove it",
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
		return nil, nil, fmt.Errorf("the text contains no usable certificate: %w", errors.Join(unusable...))
	}

	return certificates, unusable, nil
}

// pemBlocks splits text at the beginning of each PEM block, because encoding/pem silently skips blocks that it cannot decode. pemBlocks also removes
// byte order marks, carriage returns and indentation.
func pemBlocks(text string) []string {
	lines := strings.FieldsFunc(strings.ReplaceAll(text, byteOrderMark, ""), func(char rune) bool { return char == '\n' || char == '\r' })
	for index, line := range lines {
		lines[index] = strings.TrimSpace(line)
	}

	text = strings.Join(lines, "\n") + "\n"
	starts := pemBegin.FindAllStringIndex(text, -1)
	blocks := make([]string, 0, len(starts)+1)

	// An END line before the first BEGIN line is part of a damaged block.
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
