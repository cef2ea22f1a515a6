import prettier from 'eslint-config-prettier';
import vue from 'eslint-plugin-vue';
import tseslint from 'typescript-eslint';

// What listens must be given a Scope: bare listeners and timers outlive the thing they belong to.
const unscoped = [
    { selector: "CallExpression[callee.property.name='addEventListener']", message: 'Use scope.listen().' },
    { selector: "CallExpression[callee.name='setInterval']", message: 'Use scope.every().' },
    { selector: "CallExpression[callee.name='setTimeout']", message: 'Use scope.after().' },
];

export default tseslint.config(
    { ignores: ['dist/**', 'node_modules/**', 'test-results/**'] },
    ...tseslint.configs.strict,
    ...vue.configs['flat/recommended'],
    prettier,
    {
        files: ['**/*.vue'],
        languageOptions: { parserOptions: { parser: tseslint.parser } },
    },
    {
        rules: {
            'vue/multi-word-component-names': 'off',
            'vue/require-default-prop': 'off',
            '@typescript-eslint/no-non-null-assertion': 'error',
            '@typescript-eslint/consistent-type-imports': 'error',
            '@typescript-eslint/no-invalid-void-type': 'off',
            'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
            eqeqeq: 'error',
        },
    },
    {
        files: ['rtc-core/**/*.ts', 'visit/**', 'terminal/**', 'console/**'],
        ignores: ['rtc-core/scope.ts', '**/*.test.ts'],
        rules: { 'no-restricted-syntax': ['error', ...unscoped] },
    },
    {
        // The core knows no framework and no page.
        files: ['rtc-core/**/*.ts'],
        rules: {
            'no-restricted-imports': [
                'error',
                { patterns: ['vue', 'vue/*', '../visit/*', '../terminal/*', '../console/*'] },
            ],
        },
    },
);
