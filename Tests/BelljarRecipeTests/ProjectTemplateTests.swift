import BelljarModel
import Testing

@testable import BelljarRecipe

@Suite struct ProjectTemplateTests {
    private func found(_ files: [String]) -> (String, [String])? {
        ProjectTemplate.found(in: ProjectFolder(files: Dictionary(uniqueKeysWithValues: files.map { ($0, "x") })))
            .map { ($0.template.name, $0.others) }
    }

    @Test(arguments: [
        (["Makefile"], "make"), (["configure", "Makefile"], "autotools"), (["configure.ac"], "autotools"),
        (["CMakeLists.txt", "Makefile"], "cmake"), (["meson.build"], "meson"), (["Cargo.toml", "Makefile"], "rust"),
        (["go.mod"], "go"), (["pyproject.toml"], "python"), (["setup.py"], "python"), (["Makefile.PL"], "perl"),
        (["pom.xml"], "maven"), (["package.json"], "node"), (["Hello.java"], "java"), (["src/a/A.java"], "java"),
        (["run.sh"], "shell"),
    ])
    func whatAFolderLooksLike(files: [String], template: String) { #expect(found(files)?.0 == template) }

    @Test func whatItCouldBeBesides() {
        #expect(found(["Makefile", "Cargo.toml"])?.1 == ["make"])
        #expect(found(["README"]) == nil)
    }

    /// Whatever is written has to be readable by what reads it.
    @Test(arguments: ProjectTemplate.all.map(\.name)) func everyTemplateIsARecipe(name: String) throws {
        let template = try #require(ProjectTemplate.named(name))
        for texts in [
            [:], ["Makefile": "install:\n", "CMakeLists.txt": "install(TARGETS a)", "meson.build": "install : true"],
        ] {
            let folder = ProjectFolder(files: texts.merging(["debian/control": "Source: x\n"]) { $1 })
            let made = ProjectRecipe(
                name: "my-project", version: "1.2", template: template, folder: folder, epoch: 1_700_000_000,
                epochOrigin: "the last commit")
            let recipe = try RecipeDecoder.recipe(made.text, file: "belljar.yaml", folder: "/p", project: "/p")
            #expect(recipe.name == "my-project")
            #expect(recipe.toolchain == name)
            #expect(recipe.sources.map(\.kind) == [.local(path: "/")])
            let packages = DebianPackages(suite: "bookworm", architecture: "amd64", names: made.packages)
            _ = try ToolchainText.new(name: name, packages, schema: nil)
        }
    }

    @Test func namesOfFoldersBecomeNames() {
        #expect(ProjectRecipe.name(from: "My Project") == "my-project")
        #expect(ProjectRecipe.name(from: "_hidden.d") == "hidden.d")
        #expect(ProjectRecipe.name(from: "日本") == "project")
        #expect(ProjectRecipe.name(from: String(repeating: "a", count: 100)).utf8.count == 64)
    }

    @Test func versionsAreFound() {
        func version(_ file: String, _ text: String) -> String {
            ProjectRecipe.version(of: ProjectFolder(files: [file: text]))
        }
        #expect(version("Cargo.toml", "[package]\nname = \"x\"\nversion = \"1.2.3\"\n") == "1.2.3")
        #expect(version("package.json", "{\n  \"name\": \"x\",\n  \"version\": \"4.5.6\",\n}") == "4.5.6")
        #expect(version("debian/changelog", "x (2.0-1) unstable; urgency=low\n") == "2.0-1")
        #expect(version("Cargo.toml", "version.workspace = true\n") == "0")
    }

    @Test func packagesOfADebianSource() throws {
        let control =
            "Source: x\nBuild-Depends: debhelper-compat (= 13), libfoo-dev | libbar-dev,\n  python3:any, w32 [hurd-i386],\n"
            + " check <!nocheck>\nSection: misc\n\nPackage: x\nDepends: y\n"
        let template = try #require(ProjectTemplate.named("debian"))
        let packages = template.plan(ProjectFolder(files: ["debian/control": control])).packages
        #expect(packages == ["build-essential", "debhelper", "fakeroot", "libfoo-dev", "python3"])
    }
}
