//! Usage, settings and environment, as exit status, stdout and stderr.

use crate::support::{Workspace, git_is_here};

#[test]
fn what_is_mistyped_gets_the_nearest_suggestion() {
    if !git_is_here() {
        return;
    }
    let workspace = Workspace::new("");
    for (args, part) in [
        (&["env-chek"][..], "a similar subcommand exists: 'env-check'"),
        (&["env-check", "--fromat", "json"], "a similar argument exists: '--format'"),
        (&["env-check", "--format", "jsno"], "a similar value exists: 'json'"),
    ] {
        let (status, out, said) = workspace.xtask(args);
        assert_eq!((status, out.as_str()), (2, ""), "{args:?}");
        assert!(said.contains(part), "{args:?}: {said}");
    }
}

#[test]
fn the_workspace_is_found_upwards_or_named() {
    if !git_is_here() {
        return;
    }
    let workspace = Workspace::new("");
    workspace.write(
        "Cargo.toml",
        "[workspace]\n[workspace.metadata.trueline.env]\nKEY_OF_TEST = { required-in = 'always' }\n",
    );
    workspace.write("member/src/lib.rs", "");
    workspace.write("member/Cargo.toml", "[package]\nname = 'member'\n");
    let missing = "error: `KEY_OF_TEST` is not set\n  at Cargo.toml:3:1\n\n\
                   hint: set `KEY_OF_TEST` in the environment or in `.env`\n";
    let found = workspace.xtask(&["env-check"]);
    assert_eq!(found, (1, String::new(), missing.to_owned()));
    assert_eq!(workspace.xtask(&["env-check", "--root", "."]), found);

    workspace.write(".env", "KEY_OF_TEST=x\n");
    let (status, out, said) = workspace.xtask(&["--root", ".", "env-check"]);
    assert_eq!(
        (status, out.as_str(), said.as_str()),
        (0, "✅ the declared environment variable is fine\n", "")
    );

    let (status, _, said) = workspace.xtask(&["--root", "member", "env-check"]);
    assert_eq!(status, 2);
    assert!(said.starts_with("error: `member` has no Cargo.toml with a `[workspace]`\n\nhint: "), "{said}");
    let (status, _, said) = workspace.xtask(&["--root", "/", "env-check"]);
    assert_eq!(status, 2, "{said}");
}

#[test]
fn wrong_settings_are_reported_in_every_format() {
    if !git_is_here() {
        return;
    }
    let workspace = Workspace::new("");
    workspace.write("Cargo.toml", "[workspace.metadata.trueline]\nschem = 1\ncarrier = 2\n");
    let (status, out, said) = workspace.xtask(&["env-check"]);
    assert_eq!((status, out.as_str()), (2, ""));
    let expected = "error: `carrier` must be `true` or `false`\n  at Cargo.toml:3:11\n\nhint: it is of type integer now\n\n\
                    error: unknown setting `schem`\n  at Cargo.toml:2:1\n\nhint: did you mean `schema`?\n";
    assert_eq!(said, expected);
    let (status, out, said) = workspace.xtask(&["env-check", "--format", "github"]);
    assert_eq!((status, said.as_str()), (2, ""));
    assert!(
        out.contains("::error title=setting,file=Cargo.toml,line=2,col=1::unknown setting `schem`%0Ahint: "),
        "{out}"
    );
    let (status, out, said) = workspace.xtask(&["env-check", "--format", "json"]);
    assert_eq!((status, said.as_str()), (2, ""));
    assert!(out.starts_with("{\"format\":1,\"ok\":false,\"problems\":[{"), "{out}");
}
