package simulator

// Options returns the options of the team, with the defaults in the place of what was unset.
func (s *Simulator) Options() Options { return s.opts }
