//! Which databases a build may change.
//!
//! A debug build changes only what is this machine's: the embedded server and loopback. A release
//! build changes what `DATABASE_URL` names, from committed files alone, and not on a pull request's
//! word. Decides before anything connects.

use std::path::Path;

use trueline::env::{Environment, Profile, Target};
use trueline::trueline_journal::{Place, Problem};
use xshell::{Shell, cmd};

/// What a build may do about pending migrations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Permission {
    /// Apply them.
    Apply,
    /// Look at them: if there are any, the build stops.
    Look,
}

/// What this build may do to its target.
pub fn permission(
    profile: Profile,
    target: &Target,
    environment: &Environment,
) -> Result<Permission, Problem> {
    match (profile, target) {
        (Profile::Release, _) => match pull_request(environment) {
            Some(variable) => {
                let problem = "a release build in a pull request's CI would migrate on unreviewed changes";
                Err(Problem::error("pull-request", problem)
                    .detail(format!("`{variable}` says that this is one"))
                    .hint("build releases from a branch; check a pull request with a debug build"))
            }
            None => Ok(Permission::Apply),
        },
        (Profile::Debug, Target::Embedded) => Ok(Permission::Apply),
        (Profile::Debug, Target::Url(url)) if url.is_loopback() => Ok(Permission::Apply),
        (Profile::Debug, Target::Url(_)) => Ok(Permission::Look),
    }
}

/// The variable that says that this runs for a pull request, or a merge request.
fn pull_request(environment: &Environment) -> Option<&'static str> {
    let github = environment.get("GITHUB_EVENT_NAME").filter(|name| name.starts_with("pull_request"));
    let gitlab = environment.get("CI_PIPELINE_SOURCE").filter(|source| *source == "merge_request_event");
    github
        .map(|_| "GITHUB_EVENT_NAME")
        .or(gitlab.map(|_| "CI_PIPELINE_SOURCE"))
        .or(environment.get("CI_MERGE_REQUEST_IID").map(|_| "CI_MERGE_REQUEST_IID"))
}

/// Every file of the migrations that is not in git as it is here: a release applies what others can
/// read.
pub fn uncommitted(root: &Path, migrations: &Path) -> Result<Vec<Problem>, Problem> {
    let unknown = |error: xshell::Error| {
        let problem = format!("failed to ask git which migrations are committed: {error}");
        Problem::error("uncommitted", problem).hint("build releases in a clone, with git installed")
    };
    let shell = Shell::new().map_err(unknown)?;
    shell.change_dir(root);
    let status = cmd!(
        shell,
        "git status --porcelain=v1 -z --no-renames --untracked-files=all --ignored=traditional -- {migrations}"
    );
    let prefix =
        cmd!(shell, "git rev-parse --show-prefix").quiet().ignore_stderr().read().map_err(unknown)?;
    let status = status.quiet().ignore_stderr().read().map_err(unknown)?;
    let entries = status.split('\0').filter_map(|entry| Some((entry.get(..2)?, entry.get(3..)?)));
    let problem = |(state, file): (&str, &str)| {
        let how = match state {
            "??" => "is not in git",
            "!!" => "is ignored by git",
            _ => "differs from what is committed",
        };
        let file = file.strip_prefix(&prefix).unwrap_or(file);
        Problem::error("uncommitted", format!("`{file}` {how}, and a release applies only what is committed"))
            .at(Place::file(file))
            .hint("commit it, or restore it with `git restore`")
    };
    Ok(entries.map(problem).collect())
}

#[cfg(test)]
mod tests {
    use trueline::trueline_driver::DatabaseUrl;

    use super::*;

    fn ask(profile: Profile, url: &str, variables: &[(&str, &str)]) -> Result<Permission, Vec<String>> {
        let target = match url {
            "embedded" => Target::Embedded,
            _ => Target::Url(DatabaseUrl::parse(url).unwrap()),
        };
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        let environment = Environment::of(Path::new("/nonexistent"), variables);
        permission(profile, &target, &environment).map_err(|problem| problem.details)
    }

    #[test]
    fn a_debug_build_changes_only_what_is_on_this_machine() {
        for url in
            ["embedded", "postgres://u@localhost/d", "postgres://u@[::1]/d", "postgres:///d?host=/run&user=u"]
        {
            assert_eq!(ask(Profile::Debug, url, &[]), Ok(Permission::Apply), "{url}");
        }
        for url in
            ["postgres://u@db.example/d", "postgres://u@10.0.0.1/d", "postgres://u@localhost,db.example/d"]
        {
            assert_eq!(ask(Profile::Debug, url, &[]), Ok(Permission::Look), "{url}");
            assert_eq!(ask(Profile::Release, url, &[]), Ok(Permission::Apply), "{url}");
        }
    }

    #[test]
    fn a_release_build_is_refused_in_a_pull_requests_ci() {
        for variable in [
            ("GITHUB_EVENT_NAME", "pull_request"),
            ("GITHUB_EVENT_NAME", "pull_request_target"),
            ("CI_PIPELINE_SOURCE", "merge_request_event"),
            ("CI_MERGE_REQUEST_IID", "7"),
        ] {
            let refused = ask(Profile::Release, "postgres://u@db.example/d", &[variable]);
            assert_eq!(refused, Err(vec![format!("`{}` says that this is one", variable.0)]));
            assert_eq!(ask(Profile::Debug, "embedded", &[variable]), Ok(Permission::Apply));
        }
        assert_eq!(
            ask(Profile::Release, "embedded", &[("GITHUB_EVENT_NAME", "push")]),
            Ok(Permission::Apply)
        );
    }

    #[test]
    fn every_file_that_git_does_not_hold_is_named() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path().join("sub");
        let write = |file: &str, text: &str| {
            let file = root.join(file);
            std::fs::create_dir_all(file.parent().unwrap()).unwrap();
            std::fs::write(file, text).unwrap();
        };
        assert!(uncommitted(directory.path(), Path::new("migrations")).is_err(), "outside of a repository");
        for file in ["a", "b", "c", "é d"] {
            write(&format!("migrations/{file}.sql"), "select 1;\n");
        }
        write("other.txt", "1");
        let shell = Shell::new().unwrap();
        shell.change_dir(directory.path());
        cmd!(shell, "git init -q").run().unwrap();
        cmd!(shell, "git add sub/migrations").run().unwrap();
        let author = ["-c", "user.name=n", "-c", "user.email=e@example.invalid"];
        cmd!(shell, "git {author...} commit -q -m one").run().unwrap();
        assert_eq!(uncommitted(&root, Path::new("migrations")), Ok(Vec::new()));

        write("migrations/a.sql", "select 2;\n");
        write("migrations/b.sql", "select 2;\n");
        cmd!(shell, "git add sub/migrations/b.sql").run().unwrap();
        std::fs::remove_file(root.join("migrations/c.sql")).unwrap();
        write("migrations/é d.sql", "select 2;\n");
        write("migrations/new.sql", "");
        write("migrations/ignored.sql", "");
        write(".gitignore", "ignored.sql\n");
        let found = uncommitted(&root, Path::new("migrations")).unwrap();
        let found: Vec<&str> = found.iter().filter_map(|problem| problem.message.split(',').next()).collect();
        assert_eq!(
            found,
            [
                "`migrations/a.sql` differs from what is committed",
                "`migrations/b.sql` differs from what is committed",
                "`migrations/c.sql` differs from what is committed",
                "`migrations/é d.sql` differs from what is committed",
                "`migrations/new.sql` is not in git",
                "`migrations/ignored.sql` is ignored by git",
            ]
        );
    }
}
