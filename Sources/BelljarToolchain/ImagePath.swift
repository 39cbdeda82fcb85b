/// Where the files of packages go in an image.
///
/// Images have a merged /usr from their first file on, as every Debian since 12 must have: `/bin`, `/sbin` and `/lib*`
/// are links into `/usr`, and what a package ships below them is written below `/usr`. Links must be there before any
/// file, and nothing is ever written through them, so packages can be unpacked in any order and at the same time.
enum ImagePath {
    /// Top-level directories that exist twice in an unmerged system.
    static let aliased: Set<String> = ["bin", "sbin", "lib", "lib32", "lib64", "libo32", "libx32"]
    /// Those that a 64-bit system has always; the others are linked if a package ships anything below them.
    static let alwaysLinked = ["bin", "lib", "lib64", "sbin"]

    /// A path below the image's root, both without a leading slash: `bin/sh` goes to `usr/bin/sh`. Nil for the aliased
    /// directories themselves, which packages ship as directories or (base-files since Debian 13) as links.
    static func merged(_ path: String) -> String? {
        guard !aliased.contains(path) else { return nil }
        return aliased.contains(String(path.prefix { $0 != "/" })) ? "usr/\(path)" : path
    }
}
