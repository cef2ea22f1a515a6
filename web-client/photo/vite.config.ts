import { defineConfig } from 'vite';
import { entry } from '../build/entry.ts';

export default defineConfig(entry('photo'));
