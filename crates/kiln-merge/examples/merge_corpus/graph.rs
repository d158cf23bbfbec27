//! The commits of a clone with their parents, and where two of them come from: read once, since asking git for every
//! merge takes minutes.

use std::collections::{BinaryHeap, HashMap};

/// A commit by its position.
pub(crate) struct Commit {
    pub(crate) name: String,
    pub(crate) tree: String,
    pub(crate) parents: Vec<usize>,
    /// More than that of every parent.
    height: usize,
}

pub(crate) struct Graph {
    /// Children before their parents, as git lists them.
    pub(crate) commits: Vec<Commit>,
}

const BOTH: u8 = 3;
const BELOW: u8 = 4;

impl Graph {
    /// Reads lines of commit, tree and parents, children first.
    pub(crate) fn read(lines: &[String]) -> Self {
        let names: HashMap<&str, usize> = lines
            .iter()
            .enumerate()
            .filter_map(|(at, line)| Some((line.split(' ').next()?, at)))
            .collect();
        let mut commits: Vec<Commit> = lines
            .iter()
            .map(|line| {
                let mut words = line.split(' ');
                let mut word = || words.next().unwrap_or_default().to_owned();
                let (name, tree) = (word(), word());
                // A shallow clone does not have every parent.
                let parents = words.filter_map(|parent| names.get(parent).copied()).collect();
                Commit { name, tree, parents, height: 0 }
            })
            .collect();
        for at in (0..commits.len()).rev() {
            let below = commits[at].parents.iter().map(|&parent| commits[parent].height);
            commits[at].height = below.max().map_or(0, |height| height + 1);
        }
        Self { commits }
    }

    /// The one commit that two come from; none if there are several or none.
    pub(crate) fn base(&self, first: usize, second: usize) -> Option<usize> {
        let mut flags: HashMap<usize, u8> = HashMap::from([(first, 1)]);
        *flags.entry(second).or_default() |= 2;
        let mut queue: BinaryHeap<(usize, usize)> =
            [first, second].map(|at| (self.commits[at].height, at)).into();
        let mut found = Vec::new();
        // Commits in the queue that are not below a common one.
        let mut open = 2;
        while open > 0 {
            let Some((_, at)) = queue.pop() else { break };
            let mut flag = flags[&at];
            if flag & BELOW == 0 {
                open -= 1;
                if flag & BOTH == BOTH {
                    found.push(at);
                    flag |= BELOW;
                }
            }
            for &parent in &self.commits[at].parents {
                match flags.get_mut(&parent) {
                    None => {
                        flags.insert(parent, flag);
                        queue.push((self.commits[parent].height, parent));
                        open += usize::from(flag & BELOW == 0);
                    }
                    Some(known) => {
                        open -= usize::from(*known & BELOW == 0 && flag & BELOW != 0);
                        *known |= flag;
                    }
                }
            }
        }
        match found.as_slice() {
            &[base] => Some(base),
            _ => None,
        }
    }
}
