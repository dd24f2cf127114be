// Product of an int4 code (-8 accepted) and a radix-4 FP4 code (sign, e; magnitude 4^(e-1), zero for e = 0; twice that
// where phase is 1, the odd one of two-phase rounding) in units of alpha. A zero is positive. Combinational.
// EXP = 0: a signed integer of 18 bits, a shift and a sign; exact. Otherwise a float of EXP >= 5 exponent and MAN > 2
// mantissa bits with no shifter, as mf_bprop: XOR of the signs, sum of the exponents, mantissa selected by the integer;
// exact, but that fp16 has infinity for -8 times 8192.
//   a = 4'h9 (-7), g = 4'h7 (4096): product = -28672 (18'h39000); phase = 1: -57344.   a = 4'h8 (-8), g = 4'hF,
//   phase = 1: product = 65536.   a = 4'h3, g = 4'h8 (negative zero): product = 0.
//   EXP = 8, MAN = 23: a = 4'h9, g = 4'h7: product = 32'hC6E00000 (-28672).
//   EXP = 5, MAN = 10: a = 4'h9, g = 4'hF, phase = 1: product = 16'h7B00 (57344).   a = 4'h8: product = 16'h7C00.
module radix4_mul #(
    parameter EXP = 0,
    parameter MAN = 23
) (
    input  wire [                                 3:0] a,
    input  wire [                                 3:0] g,
    input  wire                                        phase,
    output wire [(EXP == 0 ? 18 : 1 + EXP + MAN) - 1:0] product
);
  wire [2:0] e = g[2:0];
  generate
    if (EXP == 0) begin : integer_product
      wire signed [17:0] signed_a = g[3] ? -{{14{a[3]}}, a} : {{14{a[3]}}, a};
      // e = 0 is zero, so the shift by 2 (e - 1) may be anything there.
      wire [2:0] steps = e - 3'd1;
      assign product = e == 3'd0 ? 18'sd0 : signed_a <<< {steps, phase};
    end else begin : float_product
      wire [6:0] selected;
      fp7_from_int4 select (
          .code(a),
          .fp7 (selected)
      );
      // FP7's field is worth 2^(field - 1), and {e, phase} stands for an exponent of two less.
      localparam REBIAS = (1 << (EXP - 1)) - 4;
      wire [EXP-1:0] field = {{EXP - 4{1'b0}}, selected[5:2]} + {{EXP - 4{1'b0}}, e, phase} + REBIAS[EXP-1:0];
      wire zero = a == 4'd0 || e == 3'd0;
      assign product = zero ? {1 + EXP + MAN{1'b0}} :
          {selected[6] ^ g[3], field, selected[1:0], {MAN - 2{1'b0}}};
    end
  endgenerate
endmodule
