/// The environment that belljar gives to every build step.
package enum BuildEnvironment {
    /// Names of the variables that are the same for every build, or follow from its definition; a recipe cannot set
    /// them. They are what a build could learn about its host from: paths, user, language, time zone, clock, terminal,
    /// processor.
    package static let fixedNames: Set<String> = [
        "PATH", "HOME", "USER", "LOGNAME", "SHELL", "LANG", "LC_ALL", "TZ", "TERM", "TMPDIR", "SOURCE_DATE_EPOCH",
        "OUT", "INPUTS", "BELLJAR_JOBS", "GLIBC_TUNABLES",
    ]
}
