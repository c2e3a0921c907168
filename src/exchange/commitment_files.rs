//! Where the files of a commitment stand: what is public apart from what is
//! secret, so that no one hands over both by zipping one folder.
//!
//! ```text
//! COMMIT/PUBLIC/commitment.json   wordpiece.vocabulary   bpe.vocabulary
//! COMMIT/SECRET/opening.store   unreadable.csv   unseen.csv
//! ```

use std::fs;
use std::path::{Path, PathBuf};

use super::error::ExchangeError;
use super::vocabularies;
use crate::corpus::commitment::{Commitment, MAX_COMMITMENT_BYTES};
use crate::files::{directory_of, read_capped};

/// The folder to hand over.
pub const PUBLIC: &str = "PUBLIC";
/// The folder that never leaves the responder.
pub const SECRET: &str = "SECRET";
/// The public file.
pub const COMMITMENT: &str = "commitment.json";
/// The secrets that open the commitment.
pub const STORE: &str = "opening.store";

/// The public file that `given` names: `commitment.json` itself, the folder in
/// which it stands, or the folder that `commit-corpus` wrote.
///
/// # Errors
/// If a folder holds no `commitment.json`.
pub fn public_file(given: &Path) -> Result<PathBuf, ExchangeError> {
    if !given.is_dir() {
        return Ok(given.to_owned());
    }
    let places = [given.join(PUBLIC).join(COMMITMENT), given.join(COMMITMENT)];
    places.into_iter().find(|place| place.is_file()).ok_or_else(|| {
        let problem = format!("holds no {COMMITMENT}");
        ExchangeError::file(given, problem, "name that file, or the folder that holds it")
    })
}

/// The opening store that belongs to the public file `given` names: in the
/// folder `SECRET` beside `PUBLIC`, or beside the file.
///
/// # Errors
/// If there is none.
pub fn secret_store(given: &Path) -> Result<PathBuf, ExchangeError> {
    let file = public_file(given)?;
    // A relative name may have no parent of its own.
    let file = fs::canonicalize(&file).map_err(ExchangeError::io(&file))?;
    let folder = crate::files::directory_of(&file);
    let secret = folder.with_file_name(SECRET).join(STORE);
    let places = [secret, folder.join(STORE)];
    places.into_iter().find(|place| place.exists()).ok_or_else(|| {
        let problem = format!("there is no {SECRET}/{STORE} beside its folder");
        let advice = "name the folder that commit-corpus wrote, with both its folders";
        ExchangeError::file(given, problem, advice)
    })
}

/// Creates `PUBLIC`, and `SECRET` for its owner alone, in a new folder.
pub(super) fn create_folders(folder: &Path) -> Result<(PathBuf, PathBuf), ExchangeError> {
    let (public, secret) = (folder.join(PUBLIC), folder.join(SECRET));
    fs::create_dir(&public).map_err(ExchangeError::io(&public))?;
    let mut builder = fs::DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&secret).map_err(ExchangeError::io(&secret))?;
    Ok((public, secret))
}

/// Reads a commitment that this build can check, with the vocabularies that stand beside
/// it: its views must be of this build's canonicaliser. `given` is as for [`public_file`].
///
/// # Errors
/// If it cannot be read or used.
pub fn read(given: &Path) -> Result<Commitment, ExchangeError> {
    vocabularies::beside(read_alone(given)?, directory_of(&public_file(given)?))
}

/// As [`read`], without the vocabularies.
pub(super) fn read_alone(given: &Path) -> Result<Commitment, ExchangeError> {
    let path = public_file(given)?;
    let advice = "give the commitment.json that the responder published";
    let bytes = read_capped(&path, MAX_COMMITMENT_BYTES)?;
    let commitment =
        Commitment::from_json(&bytes).map_err(|error| ExchangeError::file(&path, error, advice))?;
    commitment
        .header
        .check_software()
        .map_err(|error| ExchangeError::file(&path, error, advice))?;
    Ok(commitment)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_public_file_is_found_from_each_of_its_names() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path().canonicalize().unwrap();
        let (public, secret) = create_folders(&folder).unwrap();
        let problem = public_file(&folder).unwrap_err().to_string();
        assert!(problem.contains("holds no commitment.json"), "{problem}");
        let file = public.join(COMMITMENT);
        fs::write(&file, b"{}").unwrap();
        for given in [&folder, &public, &file] {
            assert_eq!(public_file(given).unwrap(), file);
        }
        let problem = secret_store(&folder).unwrap_err().to_string();
        assert!(problem.contains("SECRET/opening.store"), "{problem}");
        let store = secret.join(STORE);
        fs::write(&store, b"").unwrap();
        for given in [&folder, &public, &file] {
            assert_eq!(secret_store(given).unwrap(), store);
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = secret.metadata().unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700);
        }
    }
}
