//! Buffers that start on a cache line: a 64-byte vector that straddles two lines costs twice.

use std::ops::{Deref, DerefMut};

use bytemuck::{Pod, Zeroable};

#[derive(Clone, Copy, Pod, Zeroable)]
#[repr(C, align(64))]
struct Line([u8; 64]);

/// A boxed slice of `T` on cache lines.
#[derive(Clone)]
pub struct Aligned<T> {
    lines: Box<[Line]>,
    len: usize,
    element: std::marker::PhantomData<T>,
}

impl<T: Pod> Aligned<T> {
    /// Zeros.
    #[must_use]
    pub fn zeros(len: usize) -> Self {
        let lines = (len * size_of::<T>()).div_ceil(64);
        Self { lines: vec![Line([0; 64]); lines].into(), len, element: std::marker::PhantomData }
    }
}

impl<T> Default for Aligned<T> {
    fn default() -> Self {
        Self { lines: Box::default(), len: 0, element: std::marker::PhantomData }
    }
}

impl<T: Pod> Deref for Aligned<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        &bytemuck::cast_slice(&self.lines)[..self.len]
    }
}

impl<T: Pod> DerefMut for Aligned<T> {
    fn deref_mut(&mut self) -> &mut [T] {
        &mut bytemuck::cast_slice_mut(&mut self.lines)[..self.len]
    }
}
