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
	// cloudDomain is the domain below which every team lives: https://<team>.<cluster>.celonis.cloud.
	// Source: developer.celonis.com/celonis-apis/auth, "OAuth Endpoints".
	cloudDomain = "celonis.cloud"

	// TokenPath is where a team's token endpoint is. Source: the same page.
	TokenPath = "/oauth2/token"

	// byteOrderMark is what some editors put at the beginning of a file. Concatenated files have it in the middle.
	byteOrderMark = "\ufeff"
)

// ParseBaseURL reads the address of a team and returns its origin, without a trailing slash. It accepts what people
// paste: no scheme (https is meant), capital letters, a path or a deep link, a byte order mark. Plain http is accepted for
// localhost and loopback IP addresses only. What looks like a mistyped address is an error that suggests the right one. The
// errors quote no more of the input than its host: the rest may hold a password.
func ParseBaseURL(raw string) (string, error) {
	address, err := ParseAddress(raw)
	if err != nil {
		return "", err
	}

	return Origin(address), nil
}

// ParseTokenURL reads the address of a token endpoint by the rules of [ParseBaseURL] but keeps the path; without a path,
// the documented one is meant.
func ParseTokenURL(raw string) (string, error) {
	address, err := ParseAddress(raw)
	if err != nil {
		return "", err
	}

	if address.RawQuery != "" {
		return "", errors.New("the URL has a query: leave everything from the question mark on out")
	}

	path := address.EscapedPath()
	if path == "" || path == "/" {
		path = TokenPath
	}

	return Origin(address) + path, nil
}

// BaseURL returns the address of a team from its name and its cluster, the first two labels of its host name.
func BaseURL(team, cluster string) (string, error) {
	for _, label := range []struct{ name, value string }{{"team", team}, {"cluster", cluster}} {
		if !isHostLabel(label.value) {
			return "", fmt.Errorf("the %s %q is not one label of a host name: in https://acme.eu-1.celonis.cloud, "+
				"the team is acme and the cluster is eu-1", label.name, label.value)
		}
	}

	return fmt.Sprintf("https://%s.%s.%s", strings.ToLower(team), strings.ToLower(cluster), cloudDomain), nil
}

// SplitBaseURL returns the team and the cluster that a team's address names, and the address in its plain form.
func SplitBaseURL(raw string) (team, cluster, baseURL string, err error) {
	baseURL, err = ParseBaseURL(raw)
	if err != nil {
		return "", "", "", err
	}

	labels := strings.Split(strings.TrimPrefix(baseURL, "https://"), ".")
	if len(labels) != 4 || strings.Join(labels[2:], ".") != cloudDomain || !isHostLabel(labels[0]) || !isHostLabel(labels[1]) {
		return "", "", "", fmt.Errorf("%s is not of the form https://<team>.<cluster>.%s", baseURL, cloudDomain)
	}

	return labels[0], labels[1], baseURL, nil
}

var (
	hostLabel = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?$`)
	scheme    = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://`)
	// schemes matches what is left of one or several schemes at the beginning of a mistyped URL: https:/, htps://, https//,
	// https:https://, ://.
	schemes = regexp.MustCompile(`(?i)^(?:[a-z]+://|h*t*p*s*[:;.]*[/\\]+|h+t+p+s*[:;]+)+`)
	// leadingURL matches all that precedes a second URL which was pasted behind the first: https://www.https://.
	leadingURL = regexp.MustCompile(`(?i)^(?:[a-z]+://)?[a-z0-9.-]*(?:[a-z]://|https?[:;.]*[/\\]+)`)
	// clusterLabel matches the name of a cluster, which is no top-level domain.
	clusterLabel = regexp.MustCompile(`^[a-z]+-[0-9]+$`)
)

// IsPlaceholder reports whether a text was pasted from a page that leaves it to the reader to fill something in.
func IsPlaceholder(text string) bool {
	return strings.ContainsAny(text, "<>…") || strings.Contains(text, "...")
}

func isHostLabel(label string) bool { return len(label) <= 63 && hostLabel.MatchString(label) }

// ParseAddress reads an address by the rules of [ParseBaseURL], and keeps its path and query.
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

// suggestion returns the address that was probably meant by a text that is not one, and "" if it cannot tell.
func suggestion(raw string) string {
	rest := schemes.ReplaceAllString(raw, "")

	for _, meant := range []string{rest, leadingURL.ReplaceAllString(raw, "")} {
		if address, err := readAddress("https://" + meant); err == nil && meant != raw {
			return Origin(address)
		}
	}

	// The team alone, or the team and the cluster.
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
		// The error of url.Parse quotes the whole text.
		return nil, errors.New("it is not a valid URL, which looks like https://<team>.<cluster>.celonis.cloud")
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
		return errors.New("the URL holds user information before an @ sign: credentials have attributes of their own")
	case address.Scheme != "https" && address.Scheme != "http":
		return fmt.Errorf("the scheme %q is not supported: use https", address.Scheme)
	case host == "":
		return errors.New("the URL has no host: it should look like https://<team>.<cluster>.celonis.cloud")
	case IsPlaceholder(host):
		return errors.New("the URL holds a placeholder: replace it with your team's address, such as https://acme.eu-1.celonis.cloud")
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

// isComplete reports whether a host can be meant as it stands. A single label cannot, except with a port of its own, as
// containers have it; neither can a scheme in the place of the host, or the team and the cluster without the domain.
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
		// Internal host names hold underscores now and then.
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

// isLoopback reports whether a host is on this machine. Names below .localhost are not: a resolver or a proxy may know them.
func isLoopback(host string) bool {
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback()
	}

	return host == "localhost"
}

// portOf returns the port of a URL, empty for the one that its scheme implies.
func portOf(address *url.URL) string {
	port := strings.TrimLeft(address.Port(), "0")
	if address.Scheme == "https" && port == "443" || address.Scheme == "http" && port == "80" {
		return ""
	}

	return port
}

// Origin returns scheme, host and port of address, without the port that the scheme implies.
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
