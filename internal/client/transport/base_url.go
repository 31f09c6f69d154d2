package transport

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

const (
	// cloudDomain is the domain of all team addresses, which have the form https://<team>.<cluster>.celonis.cloud. Source:
	// developer.celonis.com/celonis-apis/auth, "OAuth Endpoints".
	cloudDomain = "celonis.cloud"

	// TokenPath is the path of a team's token endpoint. Source: the same page.
	TokenPath = "/oauth2/token"

	// byteOrderMark is a character that some editors write at the beginning of a file. In concatenated files, byte order marks can be anywhere.
	byteOrderMark = "\ufeff"
)

// ParseBaseURL parses a team's address and returns its origin, without a trailing slash. ParseBaseURL also accepts addresses as people tend to paste
// them: without a scheme (https is assumed), in capital letters, with a path or a deep link, or with a byte order mark. Plain http is accepted only
// for localhost and loopback IP addresses. If the address looks mistyped, the error suggests the correct one. Errors quote only the host, because
// other parts of the URL may contain a password.
func ParseBaseURL(raw string) (string, error) {
	address, err := ParseAddress(raw)
	if err != nil {
		return "", err
	}

	return Origin(address), nil
}

// ParseTokenURL parses the address of a token endpoint in the same way as [ParseBaseURL], but keeps the path. If the address has no path,
// ParseTokenURL appends [TokenPath].
func ParseTokenURL(raw string) (string, error) {
	address, err := ParseAddress(raw)
	if err != nil {
		return "", err
	}

	if address.RawQuery != "" {
		return "", errors.New("the URL has a query: remove the question mark and everything after it")
	}

	path := address.EscapedPath()
	if path == "" || path == "/" {
		path = TokenPath
	}

	return Origin(address) + path, nil
}

// BaseURL returns a team's address. team and cluster are the first two labels of the host name.
func BaseURL(team, cluster string) (string, error) {
	for _, label := range []struct{ name, value string }{{"team", team}, {"cluster", cluster}} {
		if !isHostLabel(label.value) {
			return "", fmt.Errorf("the %s %q must be a single host name label: in https://acme.eu-1.celonis.cloud, "+
				"the team is acme and the cluster is eu-1", label.name, label.value)
		}
	}

	return fmt.Sprintf("https://%s.%s.%s", strings.ToLower(team), strings.ToLower(cluster), cloudDomain), nil
}

// SplitBaseURL splits a team's address into team and cluster, and also returns the normalised address.
func SplitBaseURL(raw string) (team, cluster, baseURL string, err error) {
	baseURL, err = ParseBaseURL(raw)
	if err != nil {
		return "", "", "", err
	}

	labels := strings.Split(strings.TrimPrefix(baseURL, "https://"), ".")
	if len(labels) != 4 || strings.Join(labels[2:], ".") != cloudDomain || !isHostLabel(labels[0]) || !isHostLabel(labels[1]) {
		return "", "", "", fmt.Errorf("%s does not have the form https://<team>.<cluster>.%s", baseURL, cloudDomain)
	}

	return labels[0], labels[1], baseURL, nil
}

var (
	hostLabel = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$`)
	scheme    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://`)
	// schemes matches one or more mistyped schemes at the beginning of a URL: https:/, htps://, https//, https:https://, ://.
	schemes = regexp.MustCompile(`(?i)^(?:[a-z]+://|h*t*p*s*[:;.]*[/\\]+|h+t+p+s*[:;]+)+`)
	// leadingURL matches everything before a second URL that was pasted after the first: https://www.https://.
	leadingURL = regexp.MustCompile(`(?i)^(?:[a-z]+://)?[a-z0-9.-]*(?:[a-z]://|https?[:;.]*[/\\]+)`)
	// clusterLabel matches the name of a cluster. No top-level domain has this form.
	clusterLabel = regexp.MustCompile(`^[a-z]+-[0-9]+$`)
)

// IsPlaceholder reports whether text contains a placeholder from a documentation page.
func IsPlaceholder(text string) bool {
	return strings.ContainsAny(text, "<>…") || strings.Contains(text, "...")
}

func isHostLabel(label string) bool { return len(label) <= 63 && hostLabel.MatchString(label) }

// ParseAddress parses an address in the same way as [ParseBaseURL], but keeps its path and query.
func ParseAddress(raw string) (*url.URL, error) {
	raw = strings.TrimSpace(strings.Trim(strings.TrimSpace(raw), byteOrderMark))
	if raw == "" {
		return nil, errors.New("the URL is empty")
	}

	address, err := readAddress(raw)
	if err != nil {
		if meant := suggestion(raw); meant != "" {
			return nil, fmt.Errorf("%w. Did you mean %s?", err, meant)
		}

		return nil, err
	}

	return address, nil
}

// suggestion takes an invalid address and returns the address that the user probably meant, or "" if none is likely.
func suggestion(raw string) string {
	rest := schemes.ReplaceAllString(raw, "")

	for _, meant := range []string{rest, leadingURL.ReplaceAllString(raw, "")} {
		if address, err := readAddress("https://" + meant); err == nil && meant != raw {
			return Origin(address)
		}
	}

	// The value may be a team name, or a team and a cluster.
	host, _, _ := strings.Cut(strings.ToLower(rest), "/")
	team, cluster, _ := strings.Cut(host, ".")

	switch {
	case !isHostLabel(team) || isSchemeName(team):
		return ""
	case cluster == "":
		return fmt.Sprintf("https://%s.<cluster>.%s", team, cloudDomain)
	case clusterLabel.MatchString(cluster):
		return fmt.Sprintf("https://%s.%s.%s", team, cluster, cloudDomain)
	default:
		return ""
	}
}

func readAddress(raw string) (*url.URL, error) {
	if !scheme.MatchString(raw) {
		raw = "https://" + raw
	}

	address, err := url.Parse(raw)
	if err != nil {
		// An error from url.Parse quotes the whole URL, which may contain a password.
		return nil, errors.New("the value is not a valid URL such as https://acme.eu-1.celonis.cloud")
	}

	address.Scheme = strings.ToLower(address.Scheme)
	address.Host = strings.ToLower(address.Host)

	if err := checkAddress(address); err != nil {
		return nil, err
	}

	return address, nil
}

func checkAddress(address *url.URL) error {
	host := address.Hostname()

	switch {
	case address.User != nil:
		return errors.New("the URL contains user information before an @ sign: use the provider's attributes for credentials")
	case address.Scheme != "https" && address.Scheme != "http":
		return fmt.Errorf("the scheme %q is not supported: use https", address.Scheme)
	case host == "":
		return errors.New("the URL has no host: use the form https://<team>.<cluster>.celonis.cloud")
	case IsPlaceholder(host):
		return errors.New("the URL contains a placeholder: replace it with your team's address, such as https://acme.eu-1.celonis.cloud")
	case !isHost(host):
		return fmt.Errorf("%q is not a host name", host)
	case !isPort(address.Port()):
		return errors.New("the port is not between 1 and 65535")
	case address.Scheme == "http" && !isLoopback(host):
		return fmt.Errorf("plain http would send credentials unencrypted to %s: use https", host)
	case strings.HasSuffix(address.Host, ":") && strings.HasPrefix(address.Path, "//"):
		return errors.New("the URL contains another URL")
	case !isComplete(address):
		return fmt.Errorf("%q is not a complete host name", host)
	}

	return nil
}

// isComplete reports whether a host name looks complete. A single label, such as a container's name, is complete only with a port. A scheme name is
// not a complete host name, nor is a team and cluster without the domain.
func isComplete(address *url.URL) bool {
	host := strings.TrimSuffix(address.Hostname(), ".")
	last := host[strings.LastIndex(host, ".")+1:]

	switch {
	case net.ParseIP(host) != nil || isLoopback(host):
		return true
	case isSchemeName(last) || clusterLabel.MatchString(last):
		return false
	default:
		return last != host || portOf(address) != ""
	}
}

func isSchemeName(host string) bool { return host == "http" || host == "https" }

func isHost(host string) bool {
	if net.ParseIP(host) != nil {
		return true
	}

	for label := range strings.SplitSeq(strings.TrimSuffix(host, "."), ".") {
		// Internal host names sometimes contain underscores.
		if !isHostLabel(strings.ReplaceAll(label, "_", "x")) {
			return false
		}
	}

	return true
}

// isPort reports whether a URL's port is absent or valid.
func isPort(port string) bool {
	number, err := strconv.ParseUint(port, 10, 16)

	return port == "" || err == nil && number > 0
}

// isLoopback reports whether a host always refers to this machine. Names under .localhost do not count, because a resolver or a proxy may map them to
// another machine.
func isLoopback(host string) bool {
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback()
	}

	return host == "localhost"
}

// portOf returns the port of a URL, or "" for the default port of its scheme.
func portOf(address *url.URL) string {
	port := strings.TrimLeft(address.Port(), "0")
	if address.Scheme == "https" && port == "443" || address.Scheme == "http" && port == "80" {
		return ""
	}

	return port
}

// Origin returns the scheme, host and port of an address, without the scheme's default port.
func Origin(address *url.URL) string {
	host := strings.TrimSuffix(address.Hostname(), ".")
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}

	if port := portOf(address); port != "" {
		host += ":" + port
	}

	return strings.ToLower(address.Scheme) + "://" + strings.ToLower(host)
}
