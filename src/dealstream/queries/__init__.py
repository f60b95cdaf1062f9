"""Questions to the stores, for people and programs: conversion, lag, what became of the stream."""
